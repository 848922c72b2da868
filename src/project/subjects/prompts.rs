//! Text of any size in one file that is on its way to a model, and limits that do not hold it back.

use crate::project::prompts::StuffedPrompt;
use crate::project::prompts::histories::GrowingHistory;
use crate::project::prompts::outputs::ToolOutput;
use crate::project::prompts::stores::{RetrieverLimit, UnsplitDocuments};
use crate::project::prompts::windows::ExceededWindow;
use crate::project::resolve::Resolver;
use crate::source::FileId;

/// The places of one file that decide how large a prompt becomes, in the order of the text.
pub struct Prompts<'p> {
    /// Calls that send whole documents to a model.
    pub stuffed: Vec<StuffedPrompt<'p>>,
    /// Limits that are dropped where a retriever is made.
    pub retriever_limits: Vec<RetrieverLimit<'p>>,
    /// Whole documents that become one vector each.
    pub unsplit: Vec<UnsplitDocuments>,
    /// Calls that send more than their models read.
    pub exceeded_windows: Vec<ExceededWindow>,
    /// Conversations that grow for as long as they are held.
    pub histories: Vec<GrowingHistory>,
    /// Tools that return text of any size.
    pub tool_outputs: Vec<ToolOutput>,
}

impl<'p> Resolver<'p> {
    /// Finds them.
    pub(super) fn prompts(&self, file: FileId) -> Prompts<'p> {
        Prompts {
            stuffed: self.stuffed_prompts(file),
            retriever_limits: self.retriever_limits(file),
            unsplit: self.unsplit_documents(file),
            exceeded_windows: self.exceeded_windows(file),
            histories: self.growing_histories(file),
            tool_outputs: self.tool_outputs(file),
        }
    }
}
