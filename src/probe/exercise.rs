//! Goes through everything an open session offers: lists, reads, prompts, completion, calls. Nothing stops at the first
//! failure, and calls come last, since one that hangs may block the server.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    ask::Talk,
    calls,
    judge::{self, named},
    lint::lint_result,
    record::{Done, Recorder, Stop},
    report::Finding,
    surface::{self, List, PROMPTS, RESOURCES, Surface, TEMPLATES, TOOLS},
    target::Options,
    text::count,
};

/// Resources that are read, and prompts that are tried, in one session.
const MAX_TRIED: usize = 10;

/// A session under way, with what it has shown so far.
pub(super) struct Round<'a, 'b> {
    pub talk: &'a Talk,
    /// The revision that was agreed on.
    pub revision: String,
    pub options: &'a Options,
    pub surface: Surface,
    pub recorder: &'a mut Recorder<'b>,
    /// Tools that were called on this transport.
    pub called: &'a mut BTreeSet<String>,
    /// Whether a call is still running.
    pub busy: bool,
}

impl Round<'_, '_> {
    /// Go through everything; fails only when the server is gone.
    pub async fn everything(&mut self) -> Result<(), Stop> {
        for (list, into) in [
            (
                TOOLS,
                (|it| &mut it.tools) as fn(&mut Surface) -> &mut Vec<Value>,
            ),
            (RESOURCES, |it| &mut it.resources),
            (TEMPLATES, |it| &mut it.templates),
            (PROMPTS, |it| &mut it.prompts),
        ] {
            if self.surface.promises(list.capability) {
                *into(&mut self.surface) = self.list(list).await?;
            }
        }
        if self.surface.promises("resources") {
            self.read().await?;
        }
        if self.surface.promises("prompts") {
            self.prompts().await?;
        }
        if self.surface.promises("completions") {
            self.complete().await?;
        }
        calls::all(self).await?;
        self.unpromised().await;
        for said in self.talk.tape().said() {
            for finding in judge::notification(&said, &self.revision) {
                self.recorder.find(finding);
            }
        }
        if self.talk.tape().has_text_ids() {
            let message = "the id of an answer is a string, though that of the request is a number";
            self.recorder
                .find(Finding::new("id-type", "server", message));
        }
        Ok(())
    }

    async fn list(&mut self, list: List) -> Result<Vec<Value>, Stop> {
        let items = surface::fetch(list, self.talk, &self.revision, self.recorder).await;
        if self.recorder.has_failed(list.method) {
            self.surface.failed.push(list.capability);
        }
        self.alive(list.method)?;
        Ok(items)
    }

    /// What is there although the server does not say so: clients never ask for it.
    async fn unpromised(&mut self) {
        if self.busy {
            return;
        }
        for list in [TOOLS, RESOURCES, PROMPTS] {
            if self.surface.promises(list.capability) {
                continue;
            }
            let limit = self.recorder.clock.probing();
            let answer = limit.run(self.talk.ask(list.method, json!({}))).await;
            let Ok(Ok(answer)) = answer else { continue };
            let number = answer[list.member].as_array().map_or(0, Vec::len);
            if number > 0 {
                let number = count(number, list.noun);
                let message =
                    format!("it has {number}, but does not say so: no client asks for them");
                let finding = Finding::new("undeclared-capability", list.method, message);
                self.recorder.find(finding);
            }
        }
    }

    /// There is no use in asking a server that is gone.
    pub fn alive(&self, stage: &str) -> Result<(), Stop> {
        if self.talk.is_over() {
            let reason = "the server closed the connection";
            let first = self.recorder.first_error().cloned();
            return Err(first.unwrap_or_else(|| Stop::new(stage, reason)));
        }
        Ok(())
    }

    /// One request about `subject`, judged; none if it failed, which is on record then.
    async fn request(
        &mut self,
        method: &'static str,
        subject: &str,
        params: Value,
        detail: impl Fn(&Value) -> Result<String, String>,
    ) -> Result<Option<Value>, Stop> {
        let limit = self.recorder.clock.step();
        let work = async {
            let answer = self.talk.ask(method, params).await?;
            let detail = detail(&answer)?;
            Ok(Done::new(answer, detail))
        };
        let stage = format!("{method}, {subject}");
        let result = self.recorder.within(limit, method, &stage, work).await;
        let answer = self.recorder.settle(method, result);
        for finding in answer
            .iter()
            .flat_map(|it| judge::result(method, &self.revision, it))
        {
            let finding = Finding {
                subject: subject.to_owned(),
                ..finding
            };
            self.recorder.find_in(method, finding);
        }
        self.alive(&stage)?;
        Ok(answer)
    }

    async fn read(&mut self) -> Result<(), Stop> {
        const METHOD: &str = "resources/read";
        let uris: Vec<String> = texts(&self.surface.resources, "uri");
        if uris.is_empty() {
            self.recorder.skip(METHOD, "no resource is listed");
        }
        for uri in uris.iter().take(MAX_TRIED) {
            let subject = named("resource", uri);
            let params = json!({"uri": uri});
            let answer = self.request(METHOD, &subject, params, |_| Ok(String::new()));
            let answer = answer.await?.unwrap_or_default();
            for finding in lint_result(&subject, &answer) {
                self.recorder.find(finding);
            }
            let contents = answer["contents"].as_array();
            if contents.is_some_and(Vec::is_empty) {
                let message = "it answers with no contents";
                self.recorder
                    .find(Finding::new("empty-answer", subject, message));
            } else if let Some(other) = contents
                .into_iter()
                .flatten()
                .filter_map(|content| content["uri"].as_str())
                .find(|other| !other.starts_with(uri.as_str()))
            {
                let message = format!("it answers with {}", named("resource", other));
                self.recorder
                    .find(Finding::new("resource-uri", subject, message));
            }
        }
        let read = uris.len().min(MAX_TRIED);
        if read > 0 {
            self.recorder
                .add_detail(METHOD, &format!("{} read", count(read, "resource")));
        }
        Ok(())
    }

    async fn prompts(&mut self) -> Result<(), Stop> {
        const METHOD: &str = "prompts/get";
        if self.surface.prompts.is_empty() {
            self.recorder.skip(METHOD, "no prompt is listed");
        }
        let (mut tried, mut skipped) = (0, 0);
        for prompt in self.surface.prompts.clone().iter().take(MAX_TRIED) {
            let Some(name) = prompt["name"].as_str() else {
                continue;
            };
            let Some(arguments) = self.arguments(prompt, name).await? else {
                skipped += 1;
                continue;
            };
            tried += 1;
            let subject = named("prompt", name);
            let params = if arguments.is_empty() {
                json!({"name": name})
            } else {
                json!({"name": name, "arguments": arguments})
            };
            let answer = self.request(METHOD, &subject, params, |_| Ok(String::new()));
            let answer = answer.await?.unwrap_or_default();
            if answer["messages"].as_array().is_some_and(Vec::is_empty) {
                let message = "it answers with no messages";
                self.recorder
                    .find(Finding::new("empty-answer", subject, message));
            }
        }
        if tried > 0 {
            self.recorder
                .add_detail(METHOD, &format!("{} tried", count(tried, "prompt")));
        }
        if skipped > 0 {
            let reason = "a required argument has no completion";
            self.recorder.skip(
                METHOD,
                &format!("{} skipped: {reason}", count(skipped, "prompt")),
            );
        }
        Ok(())
    }

    /// Values for what the prompt requires, from completion; none if there are none.
    async fn arguments(
        &mut self,
        prompt: &Value,
        name: &str,
    ) -> Result<Option<Map<String, Value>>, Stop> {
        let listed = prompt["arguments"].as_array().into_iter().flatten();
        let required = listed.filter(|it| it["required"].as_bool() == Some(true));
        let required: Vec<String> = required
            .filter_map(|it| it["name"].as_str().map(str::to_owned))
            .collect();
        if required.is_empty() {
            return Ok(Some(Map::new()));
        }
        if !self.surface.promises("completions") {
            return Ok(None);
        }
        let mut arguments = Map::new();
        for argument in required {
            let reference = json!({"type": "ref/prompt", "name": name});
            let Some(value) = self
                .completions(&reference, &argument)
                .await?
                .into_iter()
                .next()
            else {
                return Ok(None);
            };
            arguments.insert(argument, Value::String(value));
        }
        Ok(Some(arguments))
    }

    async fn complete(&mut self) -> Result<(), Stop> {
        let prompts = self.surface.prompts.iter();
        let from_prompts = prompts.filter_map(|prompt| {
            let argument = prompt["arguments"].get(0)?["name"].as_str()?;
            let reference = json!({"type": "ref/prompt", "name": prompt["name"]});
            Some((reference, argument.to_owned()))
        });
        let templates = texts(&self.surface.templates, "uriTemplate");
        let from_templates = templates.iter().filter_map(|template| {
            let (variable, _) = template.split_once('{')?.1.split_once('}')?;
            let variable = variable.trim_start_matches(|c: char| !c.is_alphanumeric());
            let reference = json!({"type": "ref/resource", "uri": template});
            Some((reference, variable.to_owned()))
        });
        let first = from_prompts.chain(from_templates).next();
        let Some((reference, argument)) = first else {
            self.recorder
                .skip("completion/complete", "nothing takes an argument");
            return Ok(());
        };
        let values = self.completions(&reference, &argument).await?;
        self.recorder
            .add_detail("completion/complete", &count(values.len(), "value"));
        Ok(())
    }

    async fn completions(
        &mut self,
        reference: &Value,
        argument: &str,
    ) -> Result<Vec<String>, Stop> {
        let params = json!({"ref": reference, "argument": {"name": argument, "value": ""}});
        let subject = named("argument", argument);
        let answer = self.request("completion/complete", &subject, params, |_| {
            Ok(String::new())
        });
        let answer = answer.await?.unwrap_or_default();
        let values = answer["completion"]["values"].as_array();
        let values = values.into_iter().flatten().filter_map(Value::as_str);
        Ok(values.map(str::to_owned).collect())
    }
}

/// The member `key` of each entry that has one.
fn texts(entries: &[Value], key: &str) -> Vec<String> {
    let texts = entries.iter().filter_map(|entry| entry[key].as_str());
    texts.map(str::to_owned).collect()
}
