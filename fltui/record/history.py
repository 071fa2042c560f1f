"""A sequence that grows by returning a longer one, cheaply: snapshots share its items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar, overload

T = TypeVar("T")


class History(Sequence[T], Generic[T]):
    """Immutable to its holder. `added` costs no copy for the newest of a line of histories: they
    share one list, of which each shows its own first part."""

    __slots__ = ("_items", "_size")

    def __init__(self, items: Sequence[T] = ()) -> None:
        self._items = list(items)
        self._size = len(self._items)

    def added(self, item: T) -> History[T]:
        """This history and one more item."""
        longer: History[T] = History.__new__(History)
        longer._items = self._items if self._size == len(self._items) else self._items[: self._size]
        longer._items.append(item)
        longer._size = self._size + 1
        return longer

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[T]:
        items = self._items
        return (items[i] for i in range(self._size))

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return [self._items[i] for i in range(*index.indices(self._size))]
        if not -self._size <= index < self._size:
            raise IndexError(index)
        return self._items[index if index >= 0 else self._size + index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, History) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"History({list(self)!r})"
