"""Arrow as DuckDB sends it -> plain Arrow that every consumer understands, without losing a digit.

HUGEINT, UHUGEINT, BIGNUM, BIT, UUID, TIMETZ and BOOLEAN come as extension types (setting
`arrow_lossless_conversion`; without it TIMETZ loses its zone and UHUGEINT its sign), ENUM as a
dictionary. Here they become decimal256(39, 0), text of digits, text of bits, canonical text, ISO
text, bool and text.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

_WIDE_INTEGER = pa.decimal256(39, 0)
_TIME_BITS = 40
_OFFSET_BITS = 24
_MAX_OFFSET_S = 16 * 3600 - 1


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """The schema `plain_batch` gives for batches of this one."""
    empty = [_empty(field.type) for field in schema]
    return plain_batch(pa.RecordBatch.from_arrays(empty, schema=schema)).schema


def plain_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same rows with plain types."""
    if not any(_is_special(field.type) for field in batch.schema):
        return batch
    arrays = [_plain(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def _empty(kind: pa.DataType) -> pa.Array:
    if not pa.types.is_nested(kind):
        return pa.array([], type=kind)
    buffers: list[pa.Buffer | None] = [None, pa.py_buffer(bytes(8))]
    if pa.types.is_struct(kind) or pa.types.is_fixed_size_list(kind):
        buffers = [None]
    children = [_empty(kind.field(index).type) for index in range(kind.num_fields)]
    if pa.types.is_map(kind):
        entries = pa.StructArray.from_arrays(
            [_empty(kind.key_type), _empty(kind.item_type)],
            fields=[kind.key_field, kind.item_field],
        )
        children = [entries]
    return pa.Array.from_buffers(kind, 0, buffers, children=children)


def _is_special(kind: pa.DataType) -> bool:
    if isinstance(kind, pa.BaseExtensionType) or pa.types.is_dictionary(kind):
        return True
    return any(_is_special(kind.field(index).type) for index in range(kind.num_fields))


def _plain(array: pa.Array) -> pa.Array:
    kind = array.type
    if not _is_special(kind):
        return array
    if pa.types.is_dictionary(kind):
        return array.dictionary_decode()
    if isinstance(kind, pa.BaseExtensionType):
        return _from_extension(array)
    return _from_nested(array)


def _from_extension(array: pa.ExtensionArray) -> pa.Array:
    kind, storage = array.type, array.storage
    name = getattr(kind, "type_name", None) or kind.extension_name
    convert = _EXTENSIONS.get(name)
    # An extension this module does not know keeps its stored form, which is what it was made of.
    return storage if convert is None else convert(storage)


def _from_nested(array: pa.Array) -> pa.Array:
    kind, missing = array.type, array.is_null()
    if pa.types.is_struct(kind):
        children = [_plain(array.field(index)) for index in range(kind.num_fields)]
        names = [kind.field(index).name for index in range(kind.num_fields)]
        return pa.StructArray.from_arrays(children, names=names, mask=missing)
    if pa.types.is_map(kind):
        return pa.MapArray.from_arrays(
            array.offsets, _plain(array.keys), _plain(array.items), mask=missing
        )
    if pa.types.is_fixed_size_list(kind):
        return pa.FixedSizeListArray.from_arrays(_plain(array.values), kind.list_size, mask=missing)
    if pa.types.is_union(kind):
        children = [_plain(array.field(index)) for index in range(kind.num_fields)]
        names = [kind.field(index).name for index in range(kind.num_fields)]
        return pa.UnionArray.from_sparse(array.type_codes, children, names, kind.type_codes)
    return pa.ListArray.from_arrays(array.offsets, _plain(array.values), mask=missing)


def _wide_integer(storage: pa.Array, *, signed: bool) -> pa.Array:
    """16 little-endian bytes each -> decimal256 by extending the sign to 32 bytes."""
    size = len(storage)
    if size == 0:
        return pa.array([], type=_WIDE_INTEGER)
    words = np.frombuffer(
        storage.buffers()[1], dtype="<i8", offset=storage.offset * 16, count=2 * size
    )
    wide = np.zeros((size, 4), dtype="<i8")
    wide[:, :2] = words.reshape(size, 2)
    if signed:
        wide[:, 2:] = (wide[:, 1] >> 63)[:, None]
    validity = _validity(storage)
    return pa.Array.from_buffers(_WIDE_INTEGER, size, [validity, pa.py_buffer(wide)])


def _validity(array: pa.Array) -> pa.Buffer | None:
    if array.null_count == 0:
        return None
    return array.is_valid().buffers()[1]


def _texts(convert: Callable[[bytes], str]) -> Callable[[pa.Array], pa.Array]:
    def converted(storage: pa.Array) -> pa.Array:
        values = storage.to_pylist()
        return pa.array([None if v is None else convert(v) for v in values], type=pa.string())

    return converted


def _uuid(value: bytes) -> str:
    digits = value.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _bits(value: bytes) -> str:
    """First byte: how many bits of padding the second one starts with."""
    padding = value[0]
    return "".join(f"{byte:08b}" for byte in value[1:])[padding:]


def _digits(value: bytes) -> str:
    """A BIGNUM: three bytes of header whose top bit is set for positive numbers, then the
    magnitude; every byte is inverted for negative ones."""
    if value[0] & 0x80:
        return str(int.from_bytes(value[3:], "big"))
    return str(-int.from_bytes(bytes(byte ^ 0xFF for byte in value[3:]), "big"))


def _time_with_zone(value: bytes) -> str:
    """40 bits of microseconds since midnight, then 24 bits of offset, stored as the largest
    offset less it.
    """
    packed = int.from_bytes(value, "little")
    micros = packed >> _OFFSET_BITS
    offset = _MAX_OFFSET_S - (packed & ((1 << _OFFSET_BITS) - 1))
    seconds, fraction = divmod(micros, 1_000_000)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if fraction:
        clock += f".{fraction:06}".rstrip("0")
    return clock + _offset(offset)


def _offset(seconds: int) -> str:
    if seconds == 0:
        return "Z"
    sign, seconds = ("-" if seconds < 0 else "+"), abs(seconds)
    text = f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}"
    return text + (f":{seconds % 60:02}" if seconds % 60 else "")


_EXTENSIONS: dict[str, Callable[[pa.Array], pa.Array]] = {
    "hugeint": lambda storage: _wide_integer(storage, signed=True),
    "uhugeint": lambda storage: _wide_integer(storage, signed=False),
    "bignum": _texts(_digits),
    "bit": _texts(_bits),
    "time_tz": _texts(_time_with_zone),
    "arrow.uuid": _texts(_uuid),
    "arrow.bool8": lambda storage: storage.cast(pa.bool_()),
}
