"""A route in a thread of the server that asks a chain again after a failure."""

from fastapi import FastAPI
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

app = FastAPI()
model = ChatOpenAI(model="gpt-5-mini", timeout=3, max_retries=0)
chain = ChatPromptTemplate.from_template("{question}") | model | StrOutputParser()


@app.get("/ask")
def ask(question: str = "Why?") -> str:
    """Answers a question."""
    return chain.with_retry(stop_after_attempt=3).invoke({"question": question})
