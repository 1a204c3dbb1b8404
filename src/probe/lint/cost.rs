//! What a model is shown before anybody says a word: tools, prompts and instructions, in bytes and tokens. Pure.

use serde::Serialize;
use serde_json::{Value, json};

use super::super::{report::Finding, surface::Surface, text};

/// Bytes of JSON and English that make a token, about: tokenizers differ.
const BYTES_PER_TOKEN: usize = 4;

/// What the surface costs in each conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    pub bytes: usize,
    /// About.
    pub tokens: usize,
    /// The dearest first.
    pub tools: Vec<ToolCost>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolCost {
    pub name: String,
    pub bytes: usize,
    pub tokens: usize,
}

impl Cost {
    /// Whether it is more than a budget of tokens allows, and which tools to look at first.
    pub(in super::super) fn over(&self, budget: usize) -> Option<Finding> {
        if self.tokens <= budget {
            return None;
        }
        let dearest = self.tools.iter().take(3);
        let dearest: Vec<_> = dearest
            .map(|it| format!("`{}` {}", it.name, it.tokens))
            .collect();
        let message = format!(
            "it costs a model about {} tokens in each conversation, more than {budget}; the dearest tools: {}",
            self.tokens,
            dearest.join(", ")
        );
        Some(Finding::new("token-budget", "server", message))
    }
}

/// What hosts hand on to the model: names, descriptions and schemas of tools, and the instructions.
pub(in super::super) fn cost(surface: &Surface) -> Cost {
    let tool = |tool: &Value| {
        let shown = json!({
            "name": tool["name"],
            "description": tool["description"],
            "inputSchema": tool["inputSchema"],
        });
        let bytes = shown.to_string().len();
        let name = tool["name"].as_str().unwrap_or_default();
        ToolCost {
            name: text::shown(name, text::NAME),
            bytes,
            tokens: bytes.div_ceil(BYTES_PER_TOKEN),
        }
    };
    let mut tools: Vec<_> = surface.tools.iter().map(tool).collect();
    tools.sort_by(|one, other| (other.bytes, &one.name).cmp(&(one.bytes, &other.name)));
    let instructions = surface.instructions.as_ref().map_or(0, String::len);
    let bytes = instructions + tools.iter().map(|it| it.bytes).sum::<usize>();
    Cost {
        bytes,
        tokens: bytes.div_ceil(BYTES_PER_TOKEN),
        tools,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dearest_tool_comes_first_and_everything_counts() {
        let tool =
            |name: &str, length: usize| json!({"name": name, "description": "x".repeat(length)});
        let surface = Surface {
            tools: vec![tool("small", 1), tool("large", 400)],
            instructions: Some("y".repeat(100)),
            ..Surface::default()
        };
        let cost = cost(&surface);
        assert_eq!(cost.tools[0].name, "large");
        assert!(cost.bytes > 500 && cost.bytes < 700, "{cost:?}");
        assert_eq!(cost.tokens, cost.bytes.div_ceil(4));
        assert_eq!(cost.over(cost.tokens), None);
        let finding = cost.over(100).unwrap();
        assert!(finding.message.contains("`large`"), "{finding:?}");
    }
}
