"""Runs inside an environment: how many steps an agent takes whose model never stops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import BaseTool, StructuredTool

from lab import values

#: Model calls after which an agent is taken to go on for ever.
ENOUGH = 60


class Enough(BaseException):
    """Ends an agent that would go on."""


class Model(BaseChatModel):
    """A model that asks for the same tool again and again, `last` times if that is set."""

    fails: Callable[[], Any] | None = None
    last: int | None = None
    calls: int = 0

    @property
    def _llm_type(self) -> str:
        return "lab"

    def bind_tools(self, *_: Any, **__: Any) -> Model:
        """Takes any tools."""
        return self

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        self.calls += 1
        if self.fails:
            self.fails()
        if self.calls >= ENOUGH:
            raise Enough
        asks = [{"name": "again", "args": {}, "id": f"call-{self.calls}"}]
        done = self.last is not None and self.calls > self.last
        message = AIMessage("done") if done else AIMessage("", tool_calls=asks)
        return ChatResult(generations=[ChatGeneration(message=message)])


def tool(function: Callable[[], Any] | None = None) -> BaseTool:
    """The tool for which the model asks."""

    def again() -> str:
        """Ask again."""
        return str(function()) if function else "again"

    return StructuredTool.from_function(again)


def run(experiment: dict[str, Any], outcome: dict[str, Any]) -> None:
    """Notes the calls of the model, the recursion limit of the graph, and the error at the end."""
    _FORMS[experiment["form"]](experiment, outcome)


def _graph(experiment: dict[str, Any], outcome: dict[str, Any]) -> None:
    """An agent that is a graph: its own limit, and what middleware makes of it."""
    model = Model()
    keywords = values.built(experiment["keywords"], "")
    agent = values.find(experiment["path"])(model, [tool()], **keywords)
    outcome["limit"] = (agent.config or {}).get("recursion_limit")
    if outcome["limit"] is None:
        # It sets nothing, so that the default of any graph holds.
        _default(experiment, outcome)
    try:
        agent.invoke({"messages": [("user", "hi")]}, config=experiment["config"])
    except Enough:
        outcome["endless"] = True
    except Exception as error:
        outcome["error"] = type(error).__name__
    outcome["calls"] = model.calls


def _default(_: dict[str, Any], outcome: dict[str, Any]) -> None:
    """What langgraph does when nobody sets a limit, with a graph of one node and a way back."""
    steps = 0

    def node(state: dict[str, Any]) -> dict[str, Any]:
        nonlocal steps
        steps += 1
        return state

    graph = values.find("langgraph.graph.StateGraph")(dict)
    graph.add_node("node", node)
    graph.add_edge(values.find("langgraph.graph.START"), "node")
    graph.add_edge("node", "node")
    try:
        graph.compile().invoke({})
    except Exception as error:
        outcome["error"] = type(error).__name__
    outcome["limit"] = steps


def _executor(experiment: dict[str, Any], outcome: dict[str, Any]) -> None:
    """An agent of the generation before graphs, whose plan never ends."""
    root = experiment["path"].partition(".")[0]
    executor = values.find(experiment["path"])
    action = values.find("langchain_core.agents.AgentAction")("again", "", "")
    calls = 0

    def plan(_: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls >= ENOUGH:
            raise Enough
        return action

    base = values.find(f"{root}.agents.agent.RunnableAgent")
    lambda_ = values.find("langchain_core.runnables.RunnableLambda")
    named = StructuredTool.from_function(lambda text="": "again", name="again", description="a")
    agent = base(runnable=lambda_(plan), stream_runnable=False, input_keys_arg=["input"])
    keywords = values.built(experiment["keywords"], "")
    made = executor(agent=agent, tools=[named], **keywords)
    try:
        made.invoke({"input": "hi"})
    except Enough:
        outcome["endless"] = True
    except Exception as error:
        outcome["error"] = type(error).__name__
    outcome["calls"] = calls


_FORMS = {"graph": _graph, "by-hand": _default, "executor": _executor}
