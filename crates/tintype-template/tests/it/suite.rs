//! The form of suite files.
//!
//! A line `=== name ===` begins a section. Up to the first `--- path ---` it holds the file `t.pkr.hcl`; each such line begins another
//! file. In a section:
//!
//! - `#: word rest` sets it up: `var a=1`, `var-file f`, `env NAME=value`, `only p`, `except p`, `path .`, `unknown` (data sources are not
//!   asked), `sequential`, `warn`.
//! - `# Error: Title` (or `Warning`) below a line: a finding with that title begins on the line. `# Error: Title @ block` also names the
//!   block around it.
//! - `#! Error: Title` anywhere: such a finding without a place. `#! Error: Title @ file:line`: with that place.
//! - `#> expression`, `#> inspect`, `#> plan`, `#> secrets`, `#> required`: what the lines `#= …` after it say.
//!
//! All findings must be named, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use cty::Value;
use diag::{Diagnostics, SourceMap};
use tintype_plan::{Plan, PostProcessStep, ProvisionStep};
use tintype_schema::ConfigValue;
use tintype_sdk::{BuildVars, Catalog, Category, Policy};
use tintype_template::{DataMode, LoadRequest, Template};
use tintype_testkit::Sandbox;

use crate::catalog::catalog;

pub struct Section {
    pub name: String,
    lines: Vec<String>,
}

pub fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("=== ").and_then(|line| line.strip_suffix(" ===")) {
            sections.push(Section { name: name.to_owned(), lines: Vec::new() });
        } else if let Some(section) = sections.last_mut() {
            section.lines.push(line.to_owned());
        }
    }
    sections
}

/// Whether a file of that name can be written below a directory.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.ends_with('/')
        && !name.contains(['\0', '\\'])
        && !name.starts_with('/')
        && !name.contains("..")
}

#[derive(Default)]
struct Expected {
    findings: BTreeSet<String>,
    /// Question and answer.
    results: Vec<(String, String)>,
}

impl Section {
    /// The same section with its lines changed; what it expects is of no use then.
    pub fn mangled(&self, change: impl FnOnce(&mut Vec<String>)) -> Section {
        let mut lines = self.lines.clone();
        change(&mut lines);
        Section { name: self.name.clone(), lines }
    }

    /// The files as they are written: names and texts. In them the lines that set the section up are comments.
    pub fn files(&self) -> BTreeMap<String, String> {
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        let mut name = "t.pkr.hcl";
        for line in &self.lines {
            match line.strip_prefix("--- ").and_then(|line| line.strip_suffix(" ---")) {
                Some(next) => name = next,
                None => {
                    let text = files.entry(name.to_owned()).or_default();
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
        files
    }

    pub fn run(&self) -> Result<(), String> {
        let mut sandbox = Sandbox::new();
        let mut request = LoadRequest::default();
        let mut mode = DataMode::Execute;
        let mut expected = Expected::default();
        let mut files: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let mut file = "t.pkr.hcl".to_owned();
        let mut anchor = 0;
        for line in &self.lines {
            let trimmed = line.trim_start();
            if let Some(name) = line.strip_prefix("--- ").and_then(|line| line.strip_suffix(" ---")) {
                file = name.to_owned();
                anchor = 0;
                if request.path.is_empty() && !files.values().flatten().any(|line| !line.trim().is_empty()) {
                    request.path = file.clone();
                }
                continue;
            } else if let Some(setting) = trimmed.strip_prefix("#: ") {
                let (word, rest) = setting.split_once(' ').unwrap_or((setting, ""));
                match word {
                    "var" => {
                        let (name, value) = rest.split_once('=').ok_or("var name=value")?;
                        request.vars.push((name.to_owned(), value.to_owned()));
                    }
                    "var-file" => request.var_files.push(rest.to_owned()),
                    "env" => {
                        let (name, value) = rest.split_once('=').ok_or("env name=value")?;
                        sandbox = sandbox.env(name, value);
                    }
                    "only" => request.only.push(rest.to_owned()),
                    "except" => request.except.push(rest.to_owned()),
                    "path" => request.path = rest.to_owned(),
                    "unknown" => mode = DataMode::Unknown,
                    "sequential" => request.sequential = true,
                    "warn" => request.warn_undeclared = true,
                    _ => return Err(format!("unknown setting {setting:?}")),
                }
                continue;
            } else if let Some(finding) = trimmed.strip_prefix("#! ") {
                expected.findings.insert(finding.to_owned());
                continue;
            } else if let Some(question) = trimmed.strip_prefix("#> ") {
                expected.results.push((question.to_owned(), String::new()));
                continue;
            } else if let Some(answer) = trimmed.strip_prefix("#=") {
                let (_, text) = expected.results.last_mut().ok_or("an answer follows a question")?;
                let _ = writeln!(text, "{}", answer.strip_prefix(' ').unwrap_or(answer));
                continue;
            }
            let content = files.entry(file.clone()).or_default();
            content.push(line);
            match trimmed
                .strip_prefix("# ")
                .filter(|text| text.starts_with("Error: ") || text.starts_with("Warning: "))
            {
                Some(finding) => {
                    let (title, block) = finding.split_once(" @ ").unwrap_or((finding, ""));
                    let block = if block.is_empty() { String::new() } else { format!(" in {block}") };
                    expected.findings.insert(format!("{title} @ {file}:{anchor}{block}"));
                }
                None => anchor = content.len(),
            }
        }
        for (name, lines) in files.iter().filter(|(name, _)| is_name(name)) {
            if !(*name == "t.pkr.hcl" && lines.iter().all(|line| line.trim().is_empty())) {
                sandbox.write(name, lines.join("\n") + "\n");
            }
        }
        if request.path.is_empty() {
            request.path = "t.pkr.hcl".to_owned();
        }
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        runtime.block_on(compile(&sandbox, request, mode, expected))
    }
}

async fn compile(
    sandbox: &Sandbox,
    request: LoadRequest,
    mode: DataMode,
    expected: Expected,
) -> Result<(), String> {
    let sources = Arc::new(SourceMap::new());
    let catalog: Arc<dyn Catalog> = Arc::new(catalog());
    let (template, mut findings) = Template::load(request, sandbox.world().clone(), sources.clone());
    let mut results = BTreeMap::new();
    if let Some(mut template) = template {
        let missing = template.missing_plugins(|plugin| {
            let prefix = format!("{}-", plugin.source.name());
            let has = |name: &String| *name == plugin.source.name() || name.starts_with(&prefix);
            let built_in = Category::ALL.into_iter().any(|category| catalog.names(category).iter().any(has));
            (!built_in).then(String::new)
        });
        findings.extend(missing);
        let required = template.required_plugins().iter();
        let required =
            required.map(|plugin| format!("{} {} {}\n", plugin.accessor, plugin.source, plugin.constraint));
        results.insert("required".to_owned(), required.collect());
        let found = template.initialise(catalog.clone(), mode, &sandbox.cx(), Policy::default()).await;
        let failed = found.has_errors();
        findings.extend(found);
        results.insert(
            "inspect".to_owned(),
            template.inspect().iter().map(|message| format!("{message}\n")).collect(),
        );
        results.insert(
            "secrets".to_owned(),
            template.secrets().iter().map(|secret| format!("{secret}\n")).collect(),
        );
        let scope = template.console_scope();
        for (question, _) in &expected.results {
            if !results.contains_key(question) && question != "plan" {
                let id = sources.add("console", question.as_str());
                let (expr, wrong) = hcl::parse_expr(question, id, 0);
                let (value, more) = expr.evaluate(&scope);
                let wrong: String =
                    wrong.iter().chain(&more).map(|finding| format!("{}\n", finding.summary)).collect();
                let shown = if wrong.is_empty() { format!("{}\n", cty::print(&value)) } else { wrong };
                results.insert(question.clone(), shown);
            }
        }
        // Most sections are about something else than builds.
        let builds = results.get("inspect").is_some_and(|text| !text.ends_with("> builds:\n\n"));
        let asked = expected.findings.iter().any(|finding| finding.contains("Missing build block"));
        if !failed && (builds || asked) {
            let (plan, found) = template.plan(Policy::default());
            findings.extend(found);
            let (text, found) = show_plan(&plan);
            findings.extend(found);
            results.insert("plan".to_owned(), text);
        }
    }
    judge(&findings, &sources, &results, &expected)
}

fn judge(
    findings: &Diagnostics,
    sources: &SourceMap,
    results: &BTreeMap<String, String>,
    expected: &Expected,
) -> Result<(), String> {
    let mut wrong = String::new();
    let mut left = expected.findings.clone();
    for finding in findings {
        let severity = if finding.is_error() { "Error" } else { "Warning" };
        let title = format!("{severity}: {}", finding.summary);
        let place = finding.subject.and_then(|span| {
            let source = sources.get(span.file)?;
            Some(format!(" @ {}:{}", source.name, source.position(span.start).line))
        });
        let placed = format!("{title}{}", place.unwrap_or_default());
        let in_block = format!("{placed} in {}", finding.block.as_deref().unwrap_or("no block"));
        if !left.remove(&in_block) && !left.remove(&placed) && !expected.findings.contains(&placed) {
            let _ = writeln!(
                wrong,
                "found:    {in_block}\n          {}",
                finding.detail.replace('\n', "\n          ")
            );
        }
    }
    for missing in left {
        let _ = writeln!(wrong, "expected: {missing}");
    }
    for (question, answer) in &expected.results {
        let result = results.get(question).map_or("there is none\n", String::as_str);
        if result != answer {
            let _ = writeln!(wrong, "{question} is\n{result}and not\n{answer}");
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// A plan as text, with the options that components get while they are prepared.
pub fn show_plan(plan: &Plan) -> (String, Diagnostics) {
    let vars: BuildVars =
        ["ID", "Host"].into_iter().map(|name| (name.to_owned(), Value::string("<unknown>"))).collect();
    let mut findings = Diagnostics::new();
    let mut out = String::new();
    for build in &plan.builds {
        let cx = &build.prepare;
        let _ = writeln!(
            out,
            "{}: {} {} [{} {}]",
            build.name,
            build.builder.type_name,
            show_config(&build.builder.config),
            cx.build_name,
            cx.builder_type
        );
        let mut provisioner = |step: &ProvisionStep| {
            let place = step.address.split_once('/').map_or("", |(_, place)| place);
            let config = findings.take(step.component.config.resolve(&vars));
            let config = config.map_or_else(|| "-".to_owned(), |config| show_config(&config));
            let _ = write!(out, "  {place} {} {config}", step.component.type_name);
            if !step.name.is_empty() {
                let _ = write!(out, " name={}", step.name);
            }
            for (word, time) in [("pause", step.pause_before), ("timeout", step.timeout)] {
                if !time.is_zero() {
                    let _ = write!(out, " {word}={time:?}");
                }
            }
            if step.max_retries > 0 {
                let _ = write!(out, " retries={}", step.max_retries);
            }
            if step.continue_on_error {
                let _ = write!(out, " continues");
            }
            if !step.policy.words.is_empty() {
                let _ = write!(out, " policy={}", step.policy.words.join("+"));
            }
            out.push('\n');
        };
        build.provisioners.iter().chain(&build.error_cleanup).for_each(&mut provisioner);
        let mut post_processor = |step: &PostProcessStep| {
            let place = step.address.split_once('/').map_or("", |(_, place)| place);
            let config = findings.take(step.component.config.resolve(&vars));
            let config = config.map_or_else(|| "-".to_owned(), |config| show_config(&config));
            let _ = write!(out, "  {place} {} {config}", step.component.type_name);
            if !step.name.is_empty() {
                let _ = write!(out, " name={}", step.name);
            }
            if let Some(keep) = step.keep_input {
                let _ = write!(out, " keep={keep}");
            }
            out.push('\n');
        };
        build.post_processors.iter().flatten().for_each(&mut post_processor);
    }
    (out, findings)
}

fn show_config(config: &ConfigValue) -> String {
    let mut text = show(&config.value);
    for above in &config.overrides {
        text.push_str(" + ");
        text.push_str(&show(above));
    }
    text
}

/// A value on one line, without what is null.
fn show(value: &Value) -> String {
    if let Some(elements) = value.elements() {
        return format!("[{}]", elements.iter().map(show).collect::<Vec<_>>().join(", "));
    }
    if let Some(entries) = value.entries() {
        let entries = entries.iter().filter(|(_, value)| !value.is_null());
        return format!(
            "{{{}}}",
            entries.map(|(key, value)| format!("{key}={}", show(value))).collect::<Vec<_>>().join(", ")
        );
    }
    match value.as_str() {
        Some(text) => cty::print::quoted(text),
        None => cty::print(value),
    }
}
