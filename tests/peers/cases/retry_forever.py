# hangs: `tenacity` tries for ever when nobody says otherwise
from langchain_openai import ChatOpenAI
from tenacity import retry

llm = ChatOpenAI(model="gpt-4o-mini", timeout=30)


@retry
def ask(question: str) -> str:
    return str(llm.invoke(question).content)
