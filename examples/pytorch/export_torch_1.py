"""What export_training.py needs for torch 1.13, whose exporter knows no backward operators: they are made of others."""

import warnings

import torch
from functorch import make_fx
from torch._decomp import decomposition_table

aten = torch.ops.aten

FORWARD = ("nll_loss_forward", "nll_loss2d_forward", "detach")
NORMS = ("native_batch_norm", "native_layer_norm", "native_group_norm")
LOSSES = ("mse_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits")


def trace(function, inputs):
    """The function as a graph of operators that the exporter knows."""
    graph = make_fx(function, decomposition_table=decompositions())(*inputs)
    for node in list(graph.graph.nodes):
        rewrite(graph.graph, node)
    graph.graph.eliminate_dead_code()
    graph.recompile()
    return graph


def write(graph, inputs, path, names):
    default = torch.get_default_dtype()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # The exporter casts numbers, and tensors without dimensions, to the default dtype.
            torch.set_default_dtype(next(each.dtype for each in inputs if each.dtype in (torch.float32, torch.float64)))
            torch.onnx.export(Traced(graph), inputs, path, opset_version=16, do_constant_folding=False, **names)
        except torch.onnx.errors.UnsupportedOperatorError as error:
            reason = f"torch {torch.__version__} cannot export this model, a newer torch may: {error}"
            raise ValueError(reason) from error
        finally:
            torch.set_default_dtype(default)


class Traced(torch.nn.Module):
    """The exporter wants a module that has nothing but forward."""

    def __init__(self, graph):
        super().__init__()
        self.graph = graph

    def forward(self, *inputs):
        return self.graph(*inputs)


def decompositions():
    def is_made_of_others(operator):
        name = str(operator).split(".")[1]
        return "backward" in name or name in (*FORWARD, *NORMS, *LOSSES)

    return {
        **{operator: made for operator, made in decomposition_table.items() if is_made_of_others(operator)},
        aten.convolution_backward.default: convolution_backward,
        aten.max_pool2d_with_indices_backward.default: max_pool2d_backward,
        aten.avg_pool2d_backward.default: avg_pool2d_backward,
        aten.embedding_dense_backward.default: embedding_backward,
        aten.select_backward.default: select_backward,
        aten.slice_backward.default: slice_backward,
        aten.smooth_l1_loss.default: smooth_l1_loss,
        aten.smooth_l1_loss_backward.default: smooth_l1_loss_backward,
        aten.softplus.default: softplus,
    }


def convolution_backward(
    grad, x, weight, bias_sizes, stride, padding, dilation, transposed, output_padding, groups, output_mask
):
    """The gradients by the input, the weights and the biases of a convolution of any number of dimensions."""
    axes = range(grad.dim() - 2)
    kernel = weight.shape[2:]
    if transposed:
        none = [0] * len(axes)
        by_input = aten.convolution.default(grad, weight, None, stride, padding, dilation, False, none, groups)
        large, small = grad, x
    else:
        reach = [
            (grad.shape[2 + a] - 1) * stride[a] - 2 * padding[a] + dilation[a] * (kernel[a] - 1) + 1 for a in axes
        ]
        rest = [x.shape[2 + a] - reach[a] for a in axes]
        by_input = aten.convolution.default(grad, weight, None, stride, padding, dilation, True, rest, groups)
        large, small = x, grad
    # The gradient by the weights is a convolution of the two, in which rows and channels change places.
    parts = []
    for one, other in zip(large.chunk(groups, 1), small.chunk(groups, 1)):
        one, other = one.transpose(0, 1), other.transpose(0, 1)
        part = aten.convolution.default(one, other, None, dilation, padding, stride, False, [0] * len(axes), 1)
        for a in axes:
            part = part.narrow(2 + a, 0, kernel[a])
        parts.append(part.transpose(0, 1))
    by_weight = torch.cat(parts, 0) if groups > 1 else parts[0]
    return by_input, by_weight, grad.sum([0, *(2 + a for a in axes)])


def max_pool2d_backward(grad, x, kernel_size, stride, padding, dilation, ceil_mode, indices):
    flat = torch.zeros_like(x).flatten(-2)
    return flat.scatter_add(-1, indices.flatten(-2), grad.flatten(-2)).view(x.shape)


def avg_pool2d_backward(grad, x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor):
    if ceil_mode or (any(padding) and not count_include_pad):
        raise ValueError("AvgPool2d is exported without ceil_mode, and with padding only if it is counted")
    channels = x.shape[1]
    rows, columns = kernel_size = list(kernel_size) * (2 // len(kernel_size))
    stride = list(stride or kernel_size) * (2 // len(stride or kernel_size))
    padding = list(padding) * (2 // len(padding))
    weight = torch.full((channels, 1, rows, columns), 1 / (divisor or rows * columns), dtype=x.dtype)
    rest = [x.shape[2 + a] - ((grad.shape[2 + a] - 1) * stride[a] - 2 * padding[a] + kernel_size[a]) for a in (0, 1)]
    return aten.convolution.default(grad, weight, None, stride, padding, [1, 1], True, rest, channels)


def embedding_backward(grad, indices, num_weights, padding_idx, scale_grad_by_freq):
    if scale_grad_by_freq or padding_idx >= 0:
        raise ValueError("Embedding is exported without padding_idx and scale_grad_by_freq")
    rows = grad.reshape(-1, grad.shape[-1])
    where = indices.reshape(-1, 1).expand(rows.shape)
    return torch.zeros(num_weights, rows.shape[1], dtype=grad.dtype).scatter_add(0, where, rows)


def select_backward(grad, sizes, dim, index):
    return slice_backward(grad.unsqueeze(dim), sizes, dim, index % sizes[dim], index % sizes[dim] + 1, 1)


def slice_backward(grad, sizes, dim, start, end, step):
    if step != 1:
        raise ValueError("slices are exported with steps of 1")
    dim, start = dim % len(sizes), slice(start, end).indices(sizes[dim])[0]
    behind = sizes[dim] - start - grad.shape[dim]
    return aten.constant_pad_nd.default(grad, [*[0, 0] * (len(sizes) - 1 - dim), start, behind], 0)


def smooth_l1_loss(x, target, reduction=1, beta=1.0):
    away = (x - target).abs()
    losses = torch.where(away < beta, away * away * (0.5 / beta), away - 0.5 * beta)
    return (losses, losses.mean(), losses.sum())[reduction]


def smooth_l1_loss_backward(grad, x, target, reduction, beta):
    away = x - target
    slopes = torch.where(away.abs() < beta, away * (1 / beta), away.sign()) * grad
    return slopes * (1 / x.numel()) if reduction == 1 else slopes


def softplus(x, beta=1, threshold=20):
    return (torch.relu(beta * x) + torch.log1p(torch.exp(-(beta * x).abs()))) / beta


def rewrite(nodes, node):
    """Replaces what the exporter does not know by what it does."""
    with nodes.inserting_before(node):
        if node.target in (aten._unsafe_view.default, aten._reshape_alias.default):
            new = nodes.call_function(aten.reshape.default, (node.args[0], node.args[1]))
        elif node.target == torch.ops.prims.convert_element_type.default:
            new = nodes.call_method("to", node.args)
        elif node.target == aten._to_copy.default:
            new = nodes.call_method("to", (node.args[0], node.kwargs["dtype"]))
        elif node.target == aten._softmax.default:
            new = nodes.call_function(aten.softmax.int, node.args[:2])
        elif node.target in (aten.index_put.default, aten.index_put_.default) and node.args[3:] == (True,):
            raise ValueError("indexing by a tensor has no exported gradient; use torch.gather or F.embedding")
        elif node.target == aten.sgn.default:
            new = nodes.call_function(aten.sign.default, node.args)
        else:
            return
    node.replace_all_uses_with(new)
    nodes.erase_node(node)
