# ends: each read may take 30 s
from langchain_openai import ChatOpenAI

llm = ChatOpenAI(model="gpt-4o-mini", timeout=30)
print(llm.invoke("Summarize this policy."))
