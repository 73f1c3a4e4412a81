//! `hcldec --spec=FILE [options] [FILE …]`: reads configuration files as a specification file says and writes JSON. It offers the
//! interface of HCL's own tool of this name, so that programs made for that one work, HCL's specification suite above all:
//!
//! ```text
//! go install github.com/hashicorp/hcl/v2/cmd/hclspecsuite@latest
//! cargo build -p hcl --example hcldec
//! hclspecsuite .../hcl/v2@VERSION/specsuite/tests target/debug/examples/hcldec
//! ```
//!
//! It is also an example of how the library is used: [`spec_file`] reads a language of its own with schemas, [`functions`] makes
//! functions, [`report`] shows diagnostics and values.

mod arguments;
mod functions;
mod report;
mod spec_file;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::process::ExitCode;
use std::sync::Arc;

use cty::Value;
use diag::{Diagnostic, Diagnostics, SourceMap};
use hcl::lexer::decode as decode_text;
use hcl::{AnyBody, Scope, decode, json, parse_body, variables};

use arguments::{Arguments, Parsed};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (out, err) = (&mut std::io::stdout().lock(), &mut std::io::stderr().lock());
    ExitCode::from(run(&arguments, &mut std::io::stdin().lock(), out, err))
}

/// The whole program. 0: all is well; 1: it was called wrongly; 2: there are errors.
fn run(arguments: &[String], input: &mut dyn Read, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let arguments = match arguments::parse(arguments) {
        Parsed::Run(arguments) => arguments,
        Parsed::Say(text) => return u8::from(out.write_all(text.as_bytes()).is_err()),
        Parsed::Wrong(text, code) => {
            _ = err.write_all(text.as_bytes());
            return code;
        }
    };
    let mut program = Program { sources: SourceMap::new(), findings: Diagnostics::new() };
    let text = program.work(&arguments, input);
    let shown = report::findings(&program.findings, &program.sources, arguments.json_diagnostics);
    _ = err.write_all(shown.as_bytes());
    let Some(text) = text else { return 2 };
    let written = match &arguments.out {
        None => out.write_all(text.as_bytes()).and_then(|()| out.flush()),
        Some(path) => std::fs::write(path, text),
    };
    if let Err(error) = written {
        _ = writeln!(err, "Error: the result cannot be written: {error}");
        return 2;
    }
    0
}

/// What the program knows while it works.
struct Program {
    sources: SourceMap,
    findings: Diagnostics,
}

impl Program {
    /// The JSON to write; nothing when there are errors.
    fn work(&mut self, arguments: &Arguments, input: &mut dyn Read) -> Option<String> {
        let spec = self.file(&arguments.spec)?;
        let (spec, findings) = spec_file::read(&spec);
        self.findings.extend(findings);
        let spec = spec.filter(|_| !self.findings.has_errors())?;
        let mut known = spec.variables;
        for (number, given) in arguments.variables.iter().enumerate() {
            known.extend(self.variables(number, given)?);
        }
        let body = self.input(arguments, input)?;
        let mut scope = Scope::constant();
        // Without names to mean anything, strings in JSON are what they say.
        if !known.is_empty() {
            scope = scope.with_variables(known);
        }
        if spec.functions.iter().next().is_some() {
            scope = scope.with_functions(spec.functions);
        }
        if arguments.var_refs {
            return Some(report::references(&variables(&body, &spec.root), &scope, &self.sources));
        }
        let (value, _, findings) = decode(&body, &spec.root, &scope);
        self.findings.extend(findings);
        if self.findings.has_errors() {
            return None;
        }
        match report::value(&value, arguments.keep_nulls, arguments.with_type) {
            Ok(text) => Some(text),
            Err(why) => {
                self.findings.push(Diagnostic::error("No JSON for this value").detail(why));
                None
            }
        }
    }

    /// All input files as one body; standard input when there are none.
    fn input(&mut self, arguments: &Arguments, input: &mut dyn Read) -> Option<AnyBody> {
        if arguments.files.is_empty() {
            let mut bytes = Vec::new();
            if let Err(error) = input.read_to_end(&mut bytes) {
                self.unreadable("standard input", &error);
                return None;
            }
            return self.parse("<stdin>", &bytes, false);
        }
        // All files are read, so that all their mistakes are found at once.
        let bodies: Vec<_> = arguments.files.iter().map(|path| self.file(path)).collect();
        let mut bodies = bodies.into_iter().collect::<Option<Vec<_>>>()?;
        if bodies.len() == 1 { bodies.pop() } else { Some(AnyBody::merged(bodies)) }
    }

    /// The variables of one `--vars`: a JSON object, or the name of a file that sets them.
    fn variables(&mut self, number: usize, given: &str) -> Option<BTreeMap<Arc<str>, Value>> {
        let body = match given.trim_start().starts_with('{') {
            true => self.parse(&format!("<vars argument {number}>"), given.as_bytes(), true)?,
            false => self.file(given)?,
        };
        let (attributes, findings) = body.just_attributes();
        self.findings.extend(findings);
        let mut found = BTreeMap::new();
        for attribute in attributes {
            let (value, findings) = attribute.expr.evaluate(&Scope::constant());
            self.findings.extend(findings);
            found.insert(attribute.name.name, value);
        }
        (!self.findings.has_errors()).then_some(found)
    }

    fn file(&mut self, path: &str) -> Option<AnyBody> {
        match std::fs::read(path) {
            Ok(bytes) => self.parse(path, &bytes, path.ends_with(".json")),
            Err(error) => {
                self.unreadable(path, &error);
                None
            }
        }
    }

    fn unreadable(&mut self, name: &str, error: &std::io::Error) {
        let detail = format!("\"{name}\": {error}.");
        self.findings.push(Diagnostic::error("Failed to read file").detail(detail));
    }

    /// A body, if there is no error in the text.
    fn parse(&mut self, name: &str, bytes: &[u8], is_json: bool) -> Option<AnyBody> {
        let mut findings = Diagnostics::new();
        let text: Arc<str> = String::from_utf8_lossy(bytes).into();
        let file = self.sources.add(name, Arc::clone(&text));
        let (text, broken) = decode_text(bytes, file);
        findings.extend(broken);
        let (body, found) = if is_json {
            json::parse_body(&text, file)
        } else {
            let (body, found) = parse_body(&text, file);
            (body.into(), found)
        };
        findings.extend(found);
        let right = !findings.has_errors();
        self.findings.extend(findings);
        right.then_some(body)
    }
}
