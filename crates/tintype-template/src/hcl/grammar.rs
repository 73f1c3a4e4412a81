//! The blocks of the language and their arguments: one table, of which the schemas are made that templates are read by, and the page
//! that describes them. What the values mean is for each block's own file to say; components' options are in their own schemas.

use std::sync::LazyLock;

use hcl::BodySchema;

/// A block as the language knows it.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) kind: &'static str,
    /// What its labels are called.
    pub(crate) labels: &'static [&'static str],
    /// A sentence or two.
    pub(crate) doc: &'static str,
    pub(crate) arguments: &'static [Argument],
    pub(crate) blocks: &'static [&'static Block],
    /// What may stand in it beside that; empty for nothing.
    pub(crate) more: &'static str,
    schema: LazyLock<BodySchema>,
}

/// An argument of a block.
#[derive(Debug)]
pub(crate) struct Argument {
    pub(crate) name: &'static str,
    pub(crate) ty: &'static str,
    pub(crate) required: bool,
    pub(crate) doc: &'static str,
}

impl Block {
    /// By which it is read. A body that may hold more is read in part.
    pub(crate) fn schema(&self) -> &BodySchema {
        &self.schema
    }
}

const fn argument(name: &'static str, ty: &'static str, doc: &'static str) -> Argument {
    Argument { name, ty, required: false, doc }
}

const fn required(name: &'static str, ty: &'static str, doc: &'static str) -> Argument {
    Argument { name, ty, required: true, doc }
}

fn schema_of(arguments: &[Argument], blocks: &[&Block]) -> BodySchema {
    let mut schema = BodySchema::new();
    for argument in arguments {
        schema = match argument.required {
            true => schema.required(argument.name),
            false => schema.attribute(argument.name),
        };
    }
    blocks.iter().fold(schema, |schema, block| schema.block(block.kind, block.labels))
}

/// Names a block. What it lacks is left out.
macro_rules! block {
    (
        $(#[doc = $note:literal])*
        $name:ident = $kind:literal [$($label:literal),*] $doc:literal,
        arguments: $arguments:expr, blocks: [$($block:expr),*], more: $more:literal
    ) => {
        $(#[doc = $note])*
        pub(crate) static $name: Block = {
            static ARGUMENTS: &[Argument] = $arguments;
            static BLOCKS: &[&Block] = &[$(&$block),*];
            Block {
                kind: $kind,
                labels: &[$($label),*],
                doc: $doc,
                arguments: ARGUMENTS,
                blocks: BLOCKS,
                more: $more,
                schema: LazyLock::new(|| schema_of(ARGUMENTS, BLOCKS)),
            }
        };
    };
}

block!(
    REQUIRED_PLUGINS = "required_plugins" [] "The plugins that the template needs.",
    arguments: &[], blocks: [],
    more: "One argument for each plugin, by the name that it goes by in the template: `name = { version = \">= 1.1.0\", source = \"github.com/hashicorp/docker\" }`."
);
block!(
    PACKER = "packer" [] "What the template asks of the program. There may be several; all of them must hold.",
    arguments: &[argument("required_version", "string, constant", "Versions of Packer that the template is written for, such as `\">= 1.7.0, < 2.0.0\"`. Tintype answers with the version whose behaviour it has.")],
    blocks: [REQUIRED_PLUGINS], more: ""
);
block!(
    VALIDATION = "validation" [] "A rule for the values of the variable. There may be several.",
    arguments: &[
        required("condition", "bool", "Whether a value is fine. It refers to this variable, as `var.NAME`, and to nothing else; functions can be used."),
        required("error_message", "string, constant", "What people are told when it is not: at least one whole sentence, that begins with a capital letter and ends with a full stop or a question mark."),
    ],
    blocks: [], more: ""
);
block!(
    VARIABLE = "variable" ["name"] "An input variable: `var.NAME`. Its value comes from `-var`, from files with values, from the environment as `PKR_VAR_NAME`, or is its default.",
    arguments: &[
        argument("type", "type expression", "What values are converted to. Without it, the type of the default; without that, any."),
        argument("default", "constant", "The value when no other is given. Besides constants, `env(\"NAME\")` may be used. Without a default a value must be given."),
        argument("description", "string, constant", "What it is for."),
        argument("sensitive", "bool, constant", "Whether its value is hidden in all outputs."),
    ],
    blocks: [VALIDATION], more: ""
);
block!(
    VARIABLES = "variables" [] "Several input variables at once, whose types are those of their defaults.",
    arguments: &[], blocks: [], more: "One argument for each variable: `name = default`."
);
block!(
    LOCAL = "local" ["name"] "A name for an expression: `local.NAME`.",
    arguments: &[
        required("expression", "any", "What it stands for. It may refer to variables, other locals and data sources, in any order."),
        argument("sensitive", "bool, constant", "Whether its value is hidden in all outputs."),
    ],
    blocks: [], more: ""
);
block!(
    LOCALS = "locals" [] "Several names for expressions at once.",
    arguments: &[], blocks: [], more: "One argument for each: `name = expression`."
);
block!(
    DATA = "data" ["type", "name"] "A question to the outside, asked before anything is built: `data.TYPE.NAME` is the answer. `validate` does not ask; there answers are unknown.",
    arguments: &[], blocks: [], more: "The options of the data source."
);
block!(
    SOURCE = "source" ["type", "name"] "What a builder of this type is told. Nothing happens before a `build` uses it.",
    arguments: &[], blocks: [], more: "The options of the builder."
);
block!(
    COMMUNICATOR = "communicator" ["type", "name"] "Accepted, without any effect.",
    arguments: &[], blocks: [], more: "Anything."
);
block!(
    REGISTRY = "hcp_packer_registry" [] "Settings for HashiCorp's registry. They are checked, and have no effect here. Inside of a `build` it is deprecated.",
    arguments: &[
        argument("bucket_name", "string", "3 to 36 letters, digits and dashes."),
        argument("description", "string", "At most 255 bytes."),
        argument("bucket_labels", "map(string)", "Labels of the bucket."),
        argument("build_labels", "map(string)", "Labels of each build."),
        argument("labels", "map(string)", "The old name of `bucket_labels`."),
        argument("channels", "list(string)", "Channels that get the result."),
    ],
    blocks: [], more: "Anything else is ignored."
);
block!(
    BUILD_SOURCE = "source" ["reference"] "A source that this build uses, with more options.",
    arguments: &[argument("name", "string, constant", "Another name for the source in this build: in the build's name, in `only` and `except`, in keys of `override`.")],
    blocks: [], more: "Options of the builder that the source itself does not have."
);
/// What the language itself knows of a provisioner.
const OF_PROVISIONERS: &[Argument] = &[
    argument("name", "string", "A name for people."),
    argument("pause_before", "string, a duration", "A wait before it starts, such as `\"10s\"`."),
    argument("timeout", "string, a duration", "How long it may take. Has no effect beside `pause_before`."),
    argument("max_retries", "number", "How often it is tried again when it fails."),
    argument("continue_on_error", "bool", "Whether the build goes on, with a warning, when it fails."),
    argument("only", "list(string)", "The sources that it is for, as `TYPE.NAME`."),
    argument("except", "list(string)", "The sources that it is not for. Not together with `only`."),
    argument("override", "object of objects", "Options that differ for single sources, by their names."),
];

block!(
    PROVISIONER = "provisioner" ["type"] "Work on the machine, in the order in which the blocks stand.",
    arguments: OF_PROVISIONERS,
    blocks: [], more: "The options of the provisioner."
);
block!(
    ERROR_CLEANUP = "error-cleanup-provisioner" ["type"] "A provisioner that runs when another one failed, before the machine is removed. At most one.",
    arguments: OF_PROVISIONERS, blocks: [], more: "The options of the provisioner."
);
block!(
    POST_PROCESSOR = "post-processor" ["type"] "Work on the artifact. By itself it is a chain of one: it begins with what the builder made.",
    arguments: &[
        argument("name", "string", "A name for people, and for `-except`."),
        argument("only", "list(string)", "The sources that it is for, as `TYPE.NAME`."),
        argument("except", "list(string)", "The sources that it is not for. Not together with `only`."),
        argument("keep_input_artifact", "bool", "Whether the artifact that it gets is kept. Each post-processor has a default of its own."),
    ],
    blocks: [], more: "The options of the post-processor."
);
block!(
    POST_PROCESSORS = "post-processors" [] "A chain: each post-processor gets what the one before it made.",
    arguments: &[], blocks: [POST_PROCESSOR], more: ""
);
block!(
    FROM = "from" ["type"] "Accepted, without any effect.",
    arguments: &[], blocks: [], more: "Anything."
);
block!(
    BUILD = "build" [] "Sources, and what is done with the machine of each: one build for each source. There may be several.",
    arguments: &[
        argument("name", "string", "Stands before the source in the names of the builds: `NAME.TYPE.NAME`."),
        argument("description", "string", "What it is for."),
        argument("sources", "list(string)", "The sources, as `\"source.TYPE.NAME\"` or `\"TYPE.NAME\"`."),
    ],
    blocks: [BUILD_SOURCE, PROVISIONER, ERROR_CLEANUP, POST_PROCESSOR, POST_PROCESSORS, REGISTRY, FROM],
    more: "A `dynamic` block in place of any of its blocks."
);
block!(
    /// The file itself.
    ROOT = "" [] "What may stand in a template. A folder's files are one template; the order of blocks does not matter.",
    arguments: &[], blocks: [PACKER, VARIABLE, VARIABLES, LOCAL, LOCALS, DATA, SOURCE, BUILD, REGISTRY, COMMUNICATOR], more: ""
);
