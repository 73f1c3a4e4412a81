//! What is known of the functions of the language, for pages and for the terminal.

use std::fmt::Write;
use std::sync::Arc;

use hcl::Function;
use tintype_sdk::World;

use super::table;
use crate::hcl::scope;

/// What a person wants to know of a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionHelp {
    /// Its name.
    pub name: &'static str,
    /// Name, parameters and types: `substr(text string, offset number, length number)`.
    pub signature: String,
    /// The type of its result; nothing where that depends on the arguments.
    pub result: Option<String>,
    /// What it does, a sentence or two.
    pub doc: &'static str,
    /// Calls with their results, as the console prints them.
    pub examples: &'static [(&'static str, &'static str)],
}

/// All functions of HCL templates, by name.
pub fn function_help(world: &World) -> Vec<FunctionHelp> {
    let world = Arc::new(world.clone());
    let table = table(&world.cwd, &world);
    let env = scope::defaults(&world);
    let mut found: Vec<FunctionHelp> = table
        .iter()
        .chain(env.functions().into_iter().flat_map(|functions| functions.iter()))
        .map(|function| help(function))
        .collect();
    found.sort_by_key(|help| help.name);
    found
}

fn help(function: &Function) -> FunctionHelp {
    FunctionHelp {
        name: function.name(),
        signature: function.signature(),
        result: function.result().filter(|ty| !ty.is_dynamic()).map(cty::Type::friendly_name),
        doc: function.description(),
        examples: function.help(),
    }
}

impl FunctionHelp {
    /// As Markdown, with a heading of this level.
    pub fn to_markdown(&self, level: usize) -> String {
        let mut out = format!("{} `{}`\n\n```hcl\n{}", "#".repeat(level), self.name, self.signature);
        // Writing into a String cannot fail.
        if let Some(result) = &self.result {
            let _ = write!(out, " -> {result}");
        }
        let _ = write!(out, "\n```\n\n{}\n", self.doc);
        if !self.examples.is_empty() {
            out.push_str("\n```console\n");
            for (call, result) in self.examples {
                let _ = writeln!(out, "> {call}\n{result}");
            }
            out.push_str("```\n");
        }
        out
    }
}
