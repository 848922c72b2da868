# hangs: LangChain hands `None` to the SDK, which switches its 600 s off
from langchain_openai import ChatOpenAI

llm = ChatOpenAI(model="gpt-4o-mini")
print(llm.invoke("Summarize this policy."))
