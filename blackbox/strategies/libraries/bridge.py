"""A bridge to libraries that call their objective: their calls become messages of our generator."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeAlias, TypeVar

from blackbox.global_state import IsolatedGlobals
from blackbox.protocol import Answer, Message

Outcome = TypeVar("Outcome")
Say: TypeAlias = Callable[[Message], Answer]


class Closed(BaseException):
    """The run has ended; raised where the library calls its objective.

    Not an Exception, so that no library takes it for a failure of the objective.
    """


@dataclass(frozen=True)
class _End(Generic[Outcome]):
    """The last word of the thread: what its loop returned, or the error that it raised."""

    outcome: Outcome | None = None
    error: BaseException | None = None


def bridge(
    loop: Callable[[Say], Outcome], isolated: IsolatedGlobals
) -> Generator[Message, Answer, Outcome | None]:
    """Run `loop(say)` in a thread, inside `isolated`; what it says is yielded, then answered.

    Only one side runs at a time: the thread waits while a message is out, and this generator waits
    while the library thinks. Returns what the loop returned, raises what it raised. Where the
    generator is closed, `say` raises Closed, at once and at every later call, and the thread ends.
    """
    words: SimpleQueue[Message | _End[Outcome]] = SimpleQueue()
    answers: SimpleQueue[Answer | None] = SimpleQueue()

    def say(message: Message) -> Answer:
        words.put(message)
        answer = answers.get()
        if answer is None:
            answers.put(None)
            raise Closed
        return answer

    def work() -> None:
        try:
            words.put(_End(loop(say)))
        except BaseException as error:
            words.put(_End(error=error))

    thread = threading.Thread(target=work, name="bridge", daemon=True)
    try:
        with isolated:
            thread.start()
            word = words.get()
        while not isinstance(word, _End):
            answer = yield word
            with isolated:
                answers.put(answer)
                word = words.get()
    finally:
        with isolated:
            answers.put(None)
            thread.join()
    if word.error is not None:
        raise word.error
    return word.outcome
