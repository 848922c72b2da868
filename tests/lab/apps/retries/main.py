"""A route that asks a model whose client tries again by itself."""

from fastapi import FastAPI
from langchain_openai import ChatOpenAI

app = FastAPI()
model = ChatOpenAI(model="gpt-5-mini", timeout=3, max_retries=2)


@app.get("/ask")
async def ask(question: str = "Why?") -> str:
    """Answers a question."""
    answer = await model.ainvoke(question)
    return answer.text
