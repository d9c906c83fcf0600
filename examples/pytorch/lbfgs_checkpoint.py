"""torch.optim.LBFGS to and from the checkpoints of the lbfgs package for Node.

The format is safetensors (https://github.com/huggingface/safetensors#format); the fields are in docs/checkpoints.md.
"""

import ctypes
import json
import struct

import torch

DTYPES = {"F64": torch.float64, "F32": torch.float32}
OPTIONS = ("lr", "max_iter", "max_eval", "tolerance_grad", "tolerance_change", "history_size", "line_search_fn")


def save(path, optimizer, named_parameters=(), metadata=None):
    """Writes the optimizer's state and the parameters: a dict of tensors by name, or (name, tensor) pairs as
    model.named_parameters() gives them. float32 and float64 alone: ValueError for others, before anything is written.
    metadata is a dict of text by name that is yours alone; load_metadata() gives it back.
    """
    users = {f"metadata.{name}": text for name, text in (metadata or {}).items()}
    for field, text in users.items():
        if not isinstance(text, str):
            raise ValueError(f"{field} is {type(text).__name__}, not str")
        (field + text).encode()  # UnicodeEncodeError, a ValueError, for half of a surrogate pair
    saved = optimizer.state_dict()
    (group,) = saved["param_groups"]
    state = saved["state"].get(0)
    fields = {f"param_groups.0.{key}": plain(group[key]) for key in OPTIONS}
    fields["param_groups.0.params"] = group["params"]
    tensors = {f"parameters.{name}": tensor for name, tensor in dict(named_parameters).items()}
    if state is not None:
        fields["state.0.func_evals"] = state["func_evals"]
        fields["state.0.n_iter"] = state["n_iter"]
        if state["n_iter"] > 0:
            for key in ("t", "H_diag", "prev_loss"):
                fields[f"state.0.{key}"] = float(state[key])
            d = state["d"]
            tensors["state.0.d"] = d
            tensors["state.0.prev_flat_grad"] = state["prev_flat_grad"]
            for key in ("old_dirs", "old_stps"):
                tensors[f"state.0.{key}"] = torch.stack(state[key]) if state[key] else d.new_empty(0, len(d))
            tensors["state.0.ro"] = torch.tensor([float(ro) for ro in state["ro"]], dtype=torch.float64)
    write(path, tensors, {**{key: json.dumps(value, allow_nan=False) for key, value in fields.items()}, **users})


def plain(option):
    return option.item() if isinstance(option, torch.Tensor) else option


def write(path, tensors, metadata):
    header = {"__metadata__": {"format": "lbfgs-checkpoint", "version": "1", **metadata}}
    chunks, end = [], 0
    # float64 first, so that every tensor is aligned without holes
    for name, tensor in sorted(tensors.items(), key=lambda item: -item[1].element_size()):
        tensor = tensor.detach().cpu().contiguous()
        dtype = next((key for key, value in DTYPES.items() if value == tensor.dtype), None)
        if dtype is None:
            raise ValueError(f"{name} is {tensor.dtype}, not torch.float32 or torch.float64; leave buffers out")
        chunks.append(ctypes.string_at(tensor.data_ptr(), tensor.numel() * tensor.element_size()))
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [end, end + len(chunks[-1])]}
        end += len(chunks[-1])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.writelines(chunks)


def load(path):
    """Returns (state_dict, parameters): what optimizer.load_state_dict() takes, and a dict of tensors by name."""
    data, start, header, metadata = open_checkpoint(path)
    fields = {key: json.loads(text) for key, text in metadata.items() if not key.startswith("metadata.")}
    tensors = {name: read(data, start, **entry) for name, entry in header.items()}

    group = {key: fields[f"param_groups.0.{key}"] for key in (*OPTIONS, "params")}
    parameters = {name[11:]: tensor for name, tensor in tensors.items() if name.startswith("parameters.")}
    state = {key: fields[f"state.0.{key}"] for key in ("func_evals", "n_iter") if f"state.0.{key}" in fields}
    if state.get("n_iter"):
        state.update({key: float(fields[f"state.0.{key}"]) for key in ("t", "H_diag", "prev_loss")})
        state.update({key: tensors[f"state.0.{key}"] for key in ("d", "prev_flat_grad")})
        state.update({key: [row.clone() for row in tensors[f"state.0.{key}"]] for key in ("old_dirs", "old_stps")})
        state["ro"] = tensors["state.0.ro"].tolist()
    return {"state": {0: state} if state else {}, "param_groups": [group]}, parameters


def load_metadata(path):
    """Returns the dict of text by name that save() or encodeCheckpoint() was given."""
    *_, metadata = open_checkpoint(path)
    return {key[9:]: text for key, text in metadata.items() if key.startswith("metadata.")}


def open_checkpoint(path):
    with open(path, "rb") as file:
        data = bytearray(file.read())
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__")
    if (metadata.pop("format", None), metadata.pop("version", None)) != ("lbfgs-checkpoint", "1"):
        raise ValueError(f"{path} is no lbfgs-checkpoint of version 1")
    return data, 8 + length, header, metadata


def read(data, start, dtype, shape, data_offsets):
    count = torch.Size(shape).numel()
    if count == 0:
        return torch.empty(shape, dtype=DTYPES[dtype])
    offset = start + data_offsets[0]
    return torch.frombuffer(data, dtype=DTYPES[dtype], count=count, offset=offset).reshape(shape).clone()
