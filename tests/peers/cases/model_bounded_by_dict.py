# ends: the timeout arrives in a dict
from langchain_openai import ChatOpenAI

COMMON = {"model": "gpt-4o-mini", "timeout": 30}
llm = ChatOpenAI(**COMMON)
print(llm.invoke("Summarize this policy."))
