//! The page about the language itself. Blocks come from the table that templates are read by, names from the scopes that expressions
//! are evaluated in, and every result beside an expression is what the evaluator says, so the page cannot claim what is not so.

use std::fmt::Write;
use std::sync::Arc;

use diag::{FileId, SourceMap};
use hcl::Scope;
use tintype_sdk::World;

use super::grammar::{self, Block};
use super::{LoadRequest, Template};

/// What the names mean that are there without being declared. A name with several parts is one inside another.
const NAMES: &[(&str, &str)] = &[
    ("var", "The input variables."),
    ("local", "The locals."),
    ("data", "The answers of the data sources, by type and name. The console has none."),
    ("path.cwd", "The directory in which the program was started."),
    ("path.root", "The directory of the template, as it was typed."),
    ("packer.version", "The version of Packer whose behaviour this is."),
    ("packer.iterationID", "Of HashiCorp's registry; never known here."),
    ("packer.versionFingerprint", "Of HashiCorp's registry; never known here."),
    ("source.type", "The type of the source, in a `source` block and in what a `build` does with it."),
    ("source.name", "The name of the source, likewise."),
    (
        "build.name",
        "The name of the `build` block, in provisioners and post-processors; empty when it has none.",
    ),
];

/// Sections with expressions to try. What stands behind each is computed.
const SECTIONS: &[(&str, &str, &[&str])] = &[
    (
        "Values",
        "Whole and fractional numbers are exact. Text is Unicode. `null` is no value: an argument that is null is as if it were not written.",
        &[
            "1.50",
            "true",
            "\"text\"",
            "null",
            "[\"a\", 1, true]",
            "{ name = \"web\", \"two words\" = 2 }",
            "{ (upper(\"k\")) = 1 }",
        ],
    ),
    (
        "Text",
        "`\\n`, `\\r`, `\\t`, `\\\"`, `\\\\`, `\\uXXXX` and `\\UXXXXXXXX` stand for characters; `$${` and `%%{` for `${` and `%{` themselves. `~` beside a brace \
         takes away the blanks on its side. A heredoc (`<<NAME`, lines, `NAME`) is text without escapes; `<<-NAME` takes away the common indent.",
        &[
            "\"hello ${upper(\"you\")}\"",
            "\"%{ if 1 < 2 }yes%{ else }no%{ endif }\"",
            "\"%{ for x in [\"a\", \"b\"] }<${x}>%{ endfor }\"",
            "\"$${kept}\"",
            "\"a  ${~ \"b\" ~}  c\"",
            "\"${1 + 1}\" == \"2\"",
        ],
    ),
    (
        "Parts of values",
        "A dash belongs to a name: write `a - 1` for the difference.",
        &[
            "[\"a\", \"b\"][1]",
            "{ a = { b = 2 } }.a.b",
            "{ \"two words\" = 2 }[\"two words\"]",
            "[{ n = 1 }, { n = 2 }][*].n",
            "[{ n = 1 }, { n = 2 }].*.n",
            "null[*]",
        ],
    ),
    (
        "Operators",
        "From those that bind strongest to those that bind weakest; operators of one group are read from the left, `?:` from the right.",
        &[
            "-(2)",
            "!true",
            "7 * 2",
            "7 / 2",
            "7 % 3",
            "7 + 2",
            "7 - 2",
            "1 < 2",
            "1 >= 2",
            "1 == 1",
            "\"1\" == 1",
            "1 != 2",
            "true && false",
            "true || false",
            "1 < 2 ? \"less\" : \"more\"",
        ],
    ),
    (
        "For",
        "`...` behind the value of an object gathers the values of equal keys.",
        &[
            "[for x in [1, 2, 3] : x * 10 if x != 2]",
            "[for i, x in [\"a\", \"b\"] : \"${i}${x}\"]",
            "{for k, v in { a = 1, b = 2 } : upper(k) => v}",
            "{for w in [\"one\", \"two\", \"six\"] : length(w) => w...}",
        ],
    ),
    (
        "Calls",
        "`...` behind the last argument makes the elements of a list the arguments. All functions: [functions](functions.md).",
        &["max(3, 5)", "max([3, 5]...)"],
    ),
];

/// Types as they are written in `variable` blocks, with a value and what becomes of it.
const TYPES: &[(&str, &str, &str)] = &[
    ("string", "1.5", "Text."),
    ("number", "\"1.5\"", "A number."),
    ("bool", "\"true\"", "`true` or `false`."),
    ("list(string)", "[1, true]", "Elements of one type, in order."),
    ("set(number)", "[2, 1, 2]", "Different elements of one type, without an order."),
    ("map(string)", "{ a = 1 }", "Values of one type by names."),
    ("tuple([string, number])", "[1, \"2\"]", "So many elements, each of its own type."),
    (
        "object({ a = string, b = optional(number) })",
        "{ a = 1 }",
        "These attributes, each of its own type. An `optional` one may be missing: it is null then.",
    ),
    ("object({ a = optional(number, 7) })", "{}", "The same with a default."),
    ("any", "[1, \"a\"]", "Whatever comes."),
];

/// The same in both syntaxes.
const IN_JSON: &[(&str, &str)] = &[
    (
        "variable \"name\" {\n  default = \"web\"\n}\n",
        "{ \"variable\": { \"name\": { \"default\": \"web\" } } }\n",
    ),
    (
        "source \"null\" \"a\" {\n  communicator = \"none\"\n}\nsource \"null\" \"b\" {\n  ssh_host = \"${var.name}.example\"\n}\n",
        "{ \"source\": { \"null\": {\n  \"a\": { \"communicator\": \"none\" },\n  \"b\": { \"ssh_host\": \"${var.name}.example\" }\n} } }\n",
    ),
    (
        "build {\n  sources = [\"null.a\"]\n  provisioner \"shell-local\" {\n    inline = [\"echo 1\"]\n  }\n  provisioner \"shell-local\" {\n    inline = [\"echo 2\"]\n  }\n}\n",
        "{ \"build\": {\n  \"sources\": [\"null.a\"],\n  \"provisioner\": [\n    { \"shell-local\": { \"inline\": [\"echo 1\"] } },\n    { \"shell-local\": { \"inline\": [\"echo 2\"] } }\n  ]\n} }\n",
    ),
];

/// The page. `build_values` are the names that `build` has beside `name`.
pub fn language_page(world: &World, build_values: &[&str]) -> String {
    let scope = scope(world);
    let mut page = String::from(
        "# The template language\n\nWhat may stand in templates, `*.pkr.hcl` and `*.pkr.json`. Made from the code by `tintype dev docs`; results are what the\n\
         evaluator says. Components' options are on their own pages, see [the index](README.md).\n\n## Blocks\n\n",
    );
    let _ = writeln!(page, "{}\n", grammar::ROOT.doc);
    let mut told = Vec::new();
    grammar::ROOT.blocks.iter().for_each(|block| block_section(&mut page, block, &[], &mut told));
    page.push_str("## Names\n\n| name | meaning |\n|---|---|\n");
    for (name, meaning) in NAMES {
        let _ = writeln!(page, "| `{name}` | {meaning} |");
    }
    let _ = writeln!(
        page,
        "| `build.{}` | What the build knows of itself, in provisioners and post-processors, and what its builder adds. While a template is checked, each is the text `<unknown>`. |\n",
        build_values.join("`, `build.")
    );
    page.push_str("## Types\n\nA value that suits a type is converted to it.\n\n| type | meaning | a value | becomes |\n|---|---|---|---|\n");
    for (ty, value, meaning) in TYPES {
        let shown = converted(ty, value);
        let shown: Vec<&str> = shown.split_whitespace().collect();
        let _ = writeln!(page, "| `{ty}` | {meaning} | `{value}` | `{}` |", shown.join(" "));
    }
    page.push_str("\n## Expressions\n");
    for (title, text, expressions) in SECTIONS {
        let _ = write!(page, "\n### {title}\n\n{text}\n\n```console\n");
        for expression in *expressions {
            let _ = writeln!(page, "> {expression}\n{}", result(expression, &scope));
        }
        page.push_str("```\n");
    }
    page.push_str(
        "\n## JSON syntax\n\nA file named `*.pkr.json` holds the same in JSON: a block is a property with its type, inside of it one with each label; several \
         blocks are several properties or an array. Texts are templates: `\"${...}\"`. A property `//` is a comment.\n",
    );
    for (native, json) in IN_JSON {
        let _ = write!(page, "\n```hcl\n{native}```\n\n```json\n{json}```\n");
    }
    page
}

/// A block with those inside of it. One that stands in several places is described where it stands first.
fn block_section(page: &mut String, block: &'static Block, outer: &[&str], told: &mut Vec<&'static str>) {
    if told.contains(&block.doc) {
        return;
    }
    told.push(block.doc);
    let path = [outer, &[block.kind]].concat();
    let labels: Vec<String> =
        block.labels.iter().map(|label| format!(" \"{}\"", label.to_uppercase())).collect();
    let _ = write!(
        page,
        "### {}\n\n```hcl\n{}{} {{ }}\n```\n\n{}\n\n",
        path.join(": "),
        block.kind,
        labels.concat(),
        block.doc
    );
    if !block.arguments.is_empty() {
        page.push_str("| argument | type | |\n|---|---|---|\n");
        for argument in block.arguments {
            let must = if argument.required { "Required. " } else { "" };
            let _ = writeln!(page, "| `{}` | {} | {must}{} |", argument.name, argument.ty, argument.doc);
        }
        page.push('\n');
    }
    if !block.blocks.is_empty() {
        let kinds: Vec<String> = block.blocks.iter().map(|block| format!("`{}`", block.kind)).collect();
        let _ = writeln!(page, "Blocks in it: {}.\n", kinds.join(", "));
    }
    if !block.more.is_empty() {
        let _ = writeln!(page, "Beside that: {}\n", lower_first(block.more));
    }
    block.blocks.iter().for_each(|inner| block_section(page, inner, &path, told));
}

fn lower_first(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}

/// What names mean in a template that declares nothing.
fn scope(world: &World) -> Scope {
    let (template, _) =
        Template::load(LoadRequest::default(), Arc::new(world.clone()), Arc::new(SourceMap::new()));
    template.map(|template| template.console_scope()).unwrap_or_default()
}

/// What the console would say.
fn result(expression: &str, scope: &Scope) -> String {
    let (expr, mut findings) = hcl::parse_expr(expression, FileId(0), 0);
    let (value, found) = expr.evaluate(scope);
    findings.extend(found);
    if findings.has_errors() { format!("Error: {findings}") } else { cty::print(&value) }
}

fn converted(ty: &str, value: &str) -> String {
    let (expr, _) = hcl::parse_expr(ty, FileId(0), 0);
    let wanted = hcl::type_expr(&expr, hcl::Optional::WithDefaults);
    let (expr, _) = hcl::parse_expr(value, FileId(0), 0);
    let (value, _) = expr.evaluate(&Scope::constant());
    match wanted.map(|wanted| cty::convert(&value, &wanted)) {
        Ok(Ok(value)) => cty::print(&value),
        Ok(Err(error)) => format!("Error: {error}"),
        Err(findings) => format!("Error: {findings}"),
    }
}

#[cfg(test)]
mod tests;
