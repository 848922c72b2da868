"""A route with a graph that writes and reviews in turn, and gives up after a number of steps."""

from typing import TypedDict

from fastapi import FastAPI
from langchain_openai import ChatOpenAI
from langgraph.graph import START, StateGraph

app = FastAPI()
writer = ChatOpenAI(model="gpt-5", timeout=3, max_retries=0)
critic = ChatOpenAI(model="gpt-5-mini", timeout=3, max_retries=0)


class State(TypedDict):
    """The text so far, and what is wrong with it."""

    text: str
    remarks: str


async def write(state: State) -> dict[str, str]:
    """Writes the text anew."""
    answer = await writer.ainvoke(f"Improve {state['text']} by {state['remarks']}")
    return {"text": answer.text}


async def review(state: State) -> dict[str, str]:
    """Finds what is wrong with it."""
    answer = await critic.ainvoke(f"Criticize {state['text']}")
    return {"remarks": answer.text}


def build():
    """The graph, which goes round."""
    graph = StateGraph(State)
    graph.add_node("write", write)
    graph.add_node("review", review)
    graph.add_edge(START, "write")
    graph.add_edge("write", "review")
    graph.add_edge("review", "write")
    return graph.compile()


drafts = build()


@app.get("/draft")
async def draft(text: str = "Once upon a time.") -> str:
    """The text that is left when the steps are used up."""
    found = await drafts.ainvoke({"text": text, "remarks": ""}, {"recursion_limit": 4})
    return found["text"]
