"""A route with an agent that gives up after a number of steps."""

import time

from fastapi import FastAPI
from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

app = FastAPI()
model = ChatOpenAI(model="gpt-5-mini", timeout=2, max_retries=0)


@tool
def measure(place: str) -> str:
    """Measures the temperature at a place."""
    time.sleep(1)
    return f"20 degrees at {place}"


agent = create_agent(model, tools=[measure])


@app.get("/ask")
async def ask(question: str = "How warm is it?") -> str:
    """Answers a question."""
    messages = [("user", question)]
    found = await agent.ainvoke({"messages": messages}, config={"recursion_limit": 8})
    return found["messages"][-1].text
