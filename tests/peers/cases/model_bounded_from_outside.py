# ends: `wait_for` bounds the whole call
import asyncio

from langchain_openai import ChatOpenAI

llm = ChatOpenAI(model="gpt-4o-mini")


async def ask(question: str) -> str:
    answer = await asyncio.wait_for(llm.ainvoke(question), timeout=60)
    return str(answer.content)
