//! What the servers of each starter are asked, good and bad. Notes at a limit are ASCII: Rust counts their bytes, Python characters.

use serde_json::{Value, json};

#[derive(Debug)]
pub struct Step {
    pub method: &'static str,
    pub params: Value,
}

impl Step {
    pub fn new(method: &'static str, params: Value) -> Self {
        Self { method, params }
    }
}

pub struct Script {
    pub steps: Vec<Step>,
    /// The list of resources changes on the way.
    pub changes: bool,
}

/// What every server is asked.
fn any() -> Vec<Step> {
    [
        ("tools/list", json!({})),
        ("tools/list", json!({"cursor": "x"})),
        ("resources/list", json!({})),
        ("resources/list", json!({"cursor": "x"})),
        ("resources/list", json!({"cursor": "after:zzz"})),
        ("resources/templates/list", json!({})),
        ("resources/templates/list", json!({"cursor": "x"})),
        ("prompts/list", json!({})),
        ("prompts/list", json!({"cursor": "x"})),
        ("no/such/method", json!({})),
        ("logging/setLevel", json!({"level": "info"})),
        ("tools/call", json!({"name": "none", "arguments": {}})),
        ("tools/call", json!({"name": "none"})),
        ("prompts/get", json!({"name": "none"})),
        ("resources/read", json!({"uri": "none://x"})),
        ("resources/read", json!({"uri": "not a URI"})),
        ("resources/read", json!({"uri": ""})),
        ("tools/call", json!({})),
        ("tools/call", json!({"name": 5})),
        ("tools/call", json!({"name": "none", "arguments": []})),
        ("resources/read", json!({})),
        ("resources/subscribe", json!({"uri": "none://x"})),
        ("prompts/get", json!({})),
        ("completion/complete", json!({})),
        (
            "completion/complete",
            json!({"ref": {"type": "none"}, "argument": {"name": "x", "value": ""}}),
        ),
    ]
    .map(|(method, params)| Step::new(method, params))
    .into()
}

fn calls<const N: usize>(tool: &str, arguments: [Value; N]) -> impl Iterator<Item = Step> {
    let params = arguments.map(|arguments| json!({"name": tool, "arguments": arguments}));
    params
        .into_iter()
        .map(|params| Step::new("tools/call", params))
}

fn reads<const N: usize>(uris: [&str; N]) -> impl Iterator<Item = Step> {
    uris.map(|uri| Step::new("resources/read", json!({"uri": uri})))
        .into_iter()
}

fn prompts<const N: usize>(prompt: &str, arguments: [Value; N]) -> impl Iterator<Item = Step> {
    let params = arguments.map(|arguments| json!({"name": prompt, "arguments": arguments}));
    params
        .into_iter()
        .map(|params| Step::new("prompts/get", params))
}

/// Not for servers that offer no completions: rmcp completes nothing then, and mcp does not know the method.
fn unknown_references() -> [Step; 2] {
    [
        json!({"type": "ref/prompt", "name": "none"}),
        json!({"type": "ref/resource", "uri": "none://{x}"}),
    ]
    .map(|reference| completion(&reference, "x", ""))
}

fn completion(reference: &Value, argument: &str, typed: &str) -> Step {
    let argument = json!({"name": argument, "value": typed});
    Step::new(
        "completion/complete",
        json!({"ref": reference, "argument": argument}),
    )
}

/// Values that are no text.
fn other_types(argument: &str) -> [Value; 6] {
    [
        json!(null),
        json!(true),
        json!(5),
        json!(1.5),
        json!([1]),
        json!({"a": 1}),
    ]
    .map(|value| json!({argument: value}))
}

pub fn minimal() -> Script {
    let mut steps = any();
    steps.extend(calls("echo", other_types("text")));
    steps.extend(calls(
        "echo",
        [
            json!({"text": "¡olé! \n\t\"<&>\" 🛒"}),
            json!({"text": ""}),
            json!({"text": "é".repeat(10_000)}),
            json!({}),
            json!({"txet": "x"}),
        ],
    ));
    steps.push(Step::new("tools/call", json!({"name": "echo"})));
    let told = json!({"name": "echo", "arguments": {"text": "x"}, "_meta": {"progressToken": 1}});
    steps.push(Step::new("tools/call", told));
    let changes = false;
    Script { steps, changes }
}

pub fn notes() -> Script {
    let mut steps = any();
    let note = |name: &str, content: &str| json!({"name": name, "content": content});
    let prompt = "summarize-notes";
    let request = |arguments| prompts(prompt, [arguments]);
    steps.extend(request(json!({})));
    steps.extend(calls(
        "add-note",
        [
            note("a/b é?", "first line\nsecond “line”"),
            note("a/b é?", "replaced"),
            note("..", "dots"),
            note("%ff", "percent"),
            note("x{y}", "braces"),
            note("a~-_.!*'()", "marks"),
            note("a\u{0}b", "zero"),
            note("A", ""),
            note("", "x"),
            note("  ", "x"),
            note(&"x".repeat(200), "x"),
            note(&"x".repeat(201), "x"),
            note("long", &"x".repeat(16_384)),
            note("long", &"x".repeat(16_385)),
            json!({"name": 1, "content": "x"}),
            json!({"name": "a", "content": null}),
            json!({"name": "a"}),
            json!({"content": "a"}),
            json!({}),
        ],
    ));
    steps.push(Step::new("resources/list", json!({})));
    steps.extend(reads([
        "note://internal/a%2Fb%20%C3%A9%3F",
        "note://internal/a/b",
        "note://internal/..",
        "note://internal/%2E%2E",
        "note://internal/%25ff",
        "note://internal/%ff",
        "note://internal/%zz",
        "note://internal/%00",
        "note://internal/a%00b",
        "note://internal/x%7By%7D",
        "note://internal/x{y}",
        "note://internal/%41",
        "note://internal/A?x=1",
        "note://internal/A#x",
        "note://internal/A,B",
        "note://internal/A/",
        "note://internal/a b",
        "note://internal/none",
        "note://internal/",
        "note://internal",
        "note://INTERNAL/A",
        "NOTE://internal/A",
        "note://other/A",
    ]));
    for arguments in [
        json!({}),
        json!({"style": "brief"}),
        json!({"style": "detailed"}),
        json!({"style": "rude"}),
        json!({"style": ""}),
        json!({"other": "x"}),
        json!({"style": "brief", "other": "x"}),
    ] {
        steps.extend(request(arguments));
    }
    steps.extend(unknown_references());
    let reference = json!({"type": "ref/prompt", "name": prompt});
    for (argument, typed) in [("style", ""), ("style", "D"), ("style", "x"), ("none", "")] {
        steps.push(completion(&reference, argument, typed));
    }
    let reference = json!({"type": "ref/resource", "uri": "note://internal/{name}"});
    for (argument, typed) in [("name", ""), ("name", "a"), ("name", "zz"), ("none", "")] {
        steps.push(completion(&reference, argument, typed));
    }
    let many = (0..60).flat_map(|n| calls("add-note", [note(&format!("n{n:02}"), "x")]));
    steps.extend(many);
    let list = |cursor: &str| Step::new("resources/list", json!({"cursor": cursor}));
    steps.push(Step::new("resources/list", json!({})));
    steps.push(list("after:note://internal/n10"));
    // More than one answer holds.
    let long = "x".repeat(16 * 1024);
    steps.extend((0..5).flat_map(|n| calls("add-note", [note(&format!("n{n:02}"), &long)])));
    steps.extend(request(json!({"style": "brief"})));
    let changes = true;
    Script { steps, changes }
}

pub fn toolhub() -> Script {
    let mut steps = any();
    steps.extend(calls("ping", [json!({})]));
    steps.extend(calls("get_order", other_types("order_id")));
    steps.extend(calls(
        "get_order",
        [
            json!({"order_id": "ORD-1003"}),
            json!({"order_id": "none"}),
            json!({"order_id": ""}),
            json!({"order_id": "x".repeat(65)}),
            json!({}),
        ],
    ));
    // Pydantic would read a boolean or a text as a number, too.
    let [null, _, number, real, list, object] = other_types("limit");
    steps.extend(calls("list_orders", [null, number, real, list, object]));
    // serde would read an object as an enum, too.
    let [null, boolean, number, real, list, _] = other_types("status");
    steps.extend(calls("list_orders", [null, boolean, number, real, list]));
    steps.extend(calls(
        "list_orders",
        [
            json!({}),
            json!({"status": "pending"}),
            json!({"status": "Pending"}),
            json!({"limit": 5}),
            json!({"limit": 5, "cursor": "after:ORD-1005"}),
            json!({"limit": 5, "cursor": "after:ORD-1010"}),
            json!({"cursor": "x"}),
            json!({"cursor": "x".repeat(101)}),
            json!({"limit": 0}),
            json!({"limit": 101}),
        ],
    ));
    steps.extend(calls("run_query", queries()));
    let slow = json!({
        "name": "run_query",
        "arguments": {"sql": SLOW},
        "_meta": {"progressToken": "a"},
    });
    steps.push(Step::new("tools/call", slow));
    steps.extend(reads([
        "catalog://all",
        "catalog://item/SKU-002",
        "catalog://item/none",
        "catalog://item/",
        "catalog://item/a/b",
        "catalog://item/%ff",
        "catalog://other",
    ]));
    for (prompt, argument, choice) in [
        ("order_summary", "order_id", "tone"),
        ("test_plan", "feature", "depth"),
    ] {
        steps.extend(prompts(
            prompt,
            [
                json!({argument: "ORD-1001"}),
                json!({argument: "none"}),
                json!({argument: ""}),
                json!({argument: "ORD-1001", choice: "formal"}),
                json!({argument: "ORD-1001", choice: "smoke"}),
                json!({argument: "ORD-1001", "other": "x"}),
                json!({}),
            ],
        ));
        let reference = json!({"type": "ref/prompt", "name": prompt});
        for typed in ["", "F", "s"] {
            steps.push(completion(&reference, choice, typed));
        }
        steps.push(completion(&reference, argument, ""));
    }
    steps.extend(unknown_references());
    let reference = json!({"type": "ref/resource", "uri": "catalog://item/{sku}"});
    for (argument, typed) in [("sku", ""), ("sku", "sku-00"), ("none", "")] {
        steps.push(completion(&reference, argument, typed));
    }
    let changes = false;
    Script { steps, changes }
}

/// It lasts as long as a progress notification may take to overtake the answer, and longer.
const SLOW: &str = "SELECT count(*) AS n FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g";

fn queries() -> [Value; 14] {
    let query = |sql: &str| json!({"sql": sql});
    [
        query("SELECT id, customer FROM orders ORDER BY id LIMIT 3"),
        query("SELECT count(*) AS n FROM items;"),
        query("SELECT 1, 'a', NULL, 1.5"),
        json!({"sql": "SELECT sku FROM items WHERE price_cents > $1 AND name <> $2", "parameters": [9000, "x"]}),
        json!({"sql": "SELECT $1", "parameters": []}),
        json!({"sql": "SELECT 1", "parameters": [1]}),
        json!({"sql": "SELECT 1", "parameters": "x"}),
        json!({"sql": "SELECT 1", "parameters": vec![1; 51]}),
        query(""),
        query("SELECT nope FROM orders"),
        query("DELETE FROM orders"),
        query("SELECT 1; SELECT 2"),
        query("SELECT * FROM sqlite_master"),
        query(&format!("SELECT '{}'", "x".repeat(4000))),
    ]
}
