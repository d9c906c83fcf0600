"""Exports the loss of a model and its gradients as one ONNX graph, which lbfgs/onnx trains in Node (docs/onnx.md).

Needs lbfgs_checkpoint.py beside it. With torch 1.13 (Debian's python3-torch) it also needs export_torch_1.py, and the
tests run it with that version. With torch 2.5 or later it needs the packages onnx and onnxscript instead. What it calls
there (make_fx, core_aten_decompositions, torch.onnx.export with dynamo=True) was tried with a torch 2 before this file
was written, in a trial that traced fake tensors and had no buffers. This file itself has not been run with torch 2,
which the tests do not have.
"""

import contextlib
import inspect
import os

import torch

import lbfgs_checkpoint

IS_TORCH_2 = int(torch.__version__.split(".")[0]) >= 2
if IS_TORCH_2:
    from torch._decomp import core_aten_decompositions
    from torch.func import grad_and_value
    from torch.fx.experimental.proxy_tensor import make_fx
else:
    from functorch import grad_and_value

    import export_torch_1


def export(model, loss, example, path, optimizer=None):
    """Writes path, an ONNX graph, and beside it the parameters as a checkpoint: net.onnx and net.safetensors.

    loss is a function of the model and the data, such as lambda model, x, y: F.mse_loss(model(x), y). example is a
    tuple of data tensors; the graph takes data of these very shapes and dtypes, under the names of the function's
    arguments. Parameters that do not require a gradient, and buffers, become part of the graph. The checkpoint has the
    state of the optimizer, a torch.optim.LBFGS, if there is one. ValueError for a loss that is no single number, that
    changes from call to call or changes buffers, and for operators or gradients that cannot be exported.
    """
    parameters = trained(model)
    data = data_names(loss, example)
    check_loss(model, loss, example)

    def step(*inputs):
        values, data = inputs[: len(parameters)], inputs[len(parameters) :]

        def objective(values):
            with replaced(model, parameters, values):
                return loss(model, *data)

        gradients, value = grad_and_value(objective)(tuple(values))
        return (value, *gradients)

    outputs = ["loss", *("g." + name for name in parameters)]
    check = check_against(model, loss, example)
    write_graph(step, parameters, example, data, outputs, path, check)
    optimizer = optimizer or torch.optim.LBFGS(parameters.values(), line_search_fn="strong_wolfe", history_size=10)
    named = {"p." + name: parameter for name, parameter in parameters.items()}
    lbfgs_checkpoint.save(os.path.splitext(path)[0] + ".safetensors", optimizer, named)


def export_outputs(model, example, path, function=None):
    """Writes an ONNX graph of the model's output from the parameters and data, so that Node can use what it trains.

    function is one of the model and the data; without it the graph has model(x). The output is named output.
    """
    function = function or (lambda model, x: model(x))
    parameters = trained(model)

    def outputs(*inputs):
        with torch.no_grad(), replaced(model, parameters, inputs[: len(parameters)]):
            return (function(model, *inputs[len(parameters) :]),)

    write_graph(outputs, parameters, example, data_names(function, example), ["output"], path)


def load_parameters(model, path):
    """Copies the parameters of a checkpoint, which export() or Node has written, into the model.

    Returns the state of the optimizer, for torch.optim.LBFGS.load_state_dict().
    """
    state, values = lbfgs_checkpoint.load(path)
    with torch.no_grad():
        for name, parameter in trained(model).items():
            parameter.copy_(values["p." + name])
    return state


def trained(model):
    """The parameters that require a gradient, by name; one that has several names has its first."""
    parameters = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    for name, parameter in parameters.items():
        if parameter.dtype not in (torch.float32, torch.float64):
            raise ValueError(f"{name} is {parameter.dtype}, not torch.float32 or torch.float64")
    if not parameters:
        raise ValueError("the model has no parameter that requires a gradient")
    return parameters


@contextlib.contextmanager
def replaced(model, parameters, values):
    """Puts tensors in the place of the parameters, wherever modules hold them."""
    instead = {id(parameter): value for parameter, value in zip(parameters.values(), values)}
    places = [
        (module, name, parameter)
        for module in model.modules()
        for name, parameter in module._parameters.items()
        if id(parameter) in instead
    ]
    try:
        for module, name, parameter in places:
            put(module, name, instead[id(parameter)])
        yield
    finally:
        for module, name, parameter in places:
            put(module, name, parameter)


def put(module, name, tensor):
    module._parameters[name] = tensor
    if isinstance(module, torch.nn.RNNBase):  # keeps a list of its weights as well
        module._flat_weights = [getattr(module, each) for each in module._flat_weights_names]


def data_names(function, example):
    """The names of the function's arguments behind the model."""
    arguments = list(inspect.signature(function).parameters.values())[1:]
    if any(argument.kind is argument.VAR_POSITIONAL for argument in arguments):
        return [f"data{index}" for index in range(len(example))]
    if len(arguments) < len(example):
        raise ValueError(f"example has {len(example)} tensors, but the function takes the model and {len(arguments)}")
    return [argument.name for argument in arguments[: len(example)]]


def check_loss(model, loss, example):
    """ValueError for a loss that L-BFGS cannot minimise."""
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
    with torch.no_grad():
        first = loss(model, *example)
        changed = [name for name, buffer in model.named_buffers() if not torch.equal(buffer, buffers[name])]
        second = loss(model, *example)
        for name, buffer in model.named_buffers():
            buffer.copy_(buffers[name])
    if not isinstance(first, torch.Tensor) or first.numel() != 1:
        received = f"shape {list(first.shape)}" if isinstance(first, torch.Tensor) else type(first).__name__
        raise ValueError(f"the loss must be one number, such as a mean, but is {received}")
    if changed:
        raise ValueError(f"each evaluation changes the buffer {changed[0]}; call model.eval() first, for BatchNorm")
    if not torch.equal(first, second):
        raise ValueError("two evaluations give different losses; call model.eval() first, for Dropout")


def check_against(model, loss, example):
    """A check of a traced graph: its numbers are those of autograd."""

    def check(graph, inputs):
        parameters = trained(model)
        value = loss(model, *example)
        expected = (value, *torch.autograd.grad(value, list(parameters.values()), allow_unused=True))
        tolerance = 1e-3 if value.dtype == torch.float32 else 1e-9
        for name, found, wanted in zip(["the loss", *parameters], graph(*inputs), expected):
            wanted = torch.zeros_like(found) if wanted is None else wanted.detach()
            scale = max(wanted.abs().max().item(), 1e-6) if wanted.numel() else 0
            if wanted.numel() and not (found - wanted).abs().max().item() <= tolerance * scale:
                raise ValueError(f"the exported gradient of {name} differs from autograd's")

    return check


def write_graph(function, parameters, example, data, outputs, path, check=None):
    inputs = (*(parameter.detach().clone() for parameter in parameters.values()), *example)
    names = {"input_names": [*("p." + name for name in parameters), *data], "output_names": outputs}
    if IS_TORCH_2:
        graph = make_fx(function, decomposition_table=core_aten_decompositions())(*inputs)
    else:
        graph = export_torch_1.trace(function, inputs)
    if check is not None:
        check(graph, inputs)
    if IS_TORCH_2:
        torch.onnx.export(graph, inputs, dynamo=True, verbose=False, opset_version=18, **names).save(path)
    else:
        export_torch_1.write(graph, inputs, path, names)
