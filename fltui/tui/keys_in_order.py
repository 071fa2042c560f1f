"""Keys one after the other, also when many arrive at once: over a slow line, from a macro, from tmux send-keys."""

from __future__ import annotations

import asyncio
from collections import deque

from textual import events
from textual.app import App
from textual.dom import DOMNode

# What a key sets off: its action tells an input, that one tells the bar around it, the bar tells the screen.
_PASSES = 3
_LONGEST_S = 1.0  # a widget that is taken away meanwhile never answers: the keys go on without it


class KeysInOrder(App[int]):
    """The next key goes where the focus is once all is done that the one before set off.

    By itself Textual sends each to where the focus is as it arrives: of `/sst2` in one piece only the
    `/` would be meant for the screen, but all five would act as its keys.
    """

    def __init__(self, ansi_color: bool = False) -> None:
        super().__init__(ansi_color=ansi_color)
        self._ahead: deque[events.Key | events.Paste] = deque()
        self._acting: events.Key | events.Paste | None = None
        self.keys_came = False

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self.keys_came = True
        self._ahead.append(event)
        if self._acting is None:
            await self._next_key()

    async def _next_key(self) -> None:
        if not self._ahead or not self.screen_stack:
            self._acting = None
            return
        event = self._acting = self._ahead.popleft()
        went_to = self.focused or self.screen
        asyncio.get_running_loop().call_later(_LONGEST_S, self.call_later, self._done, event)
        await super().on_event(event)
        await self._follow(event, went_to, list(went_to.ancestors_with_self), 1)

    async def _follow(self, event: events.Event, went_to: DOMNode, way: list[DOMNode], passes: int) -> None:
        """Goes behind the key from whom it went to up to the app; each has then done what came before."""
        while way:
            if way.pop(0).call_later(self._follow, event, went_to, way, passes):
                return
        if passes < _PASSES and event is self._acting and self.screen_stack:
            there = went_to.is_attached and went_to.screen is self.screen
            node = went_to if there else self.screen
            await self._follow(event, node, list(node.ancestors_with_self), passes + 1)
        else:
            await self._done(event)

    async def _done(self, event: events.Event) -> None:
        if event is self._acting:
            await self._next_key()
