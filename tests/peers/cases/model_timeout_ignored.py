# hangs: `ChatOllama` drops `timeout` without a word
from langchain_ollama import ChatOllama

llm = ChatOllama(model="llama3.2", timeout=30)
print(llm.invoke("Summarize this policy."))
