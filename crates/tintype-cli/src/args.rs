//! Flags that several subcommands share.

use clap::{ArgAction, Args};

use crate::flags::{BOOL, assignment};

/// Flags that say which template, with which values, and which of its builds.
#[derive(Args, Clone, Debug)]
pub struct TemplateArgs {
    /// Value of an input variable; may be given several times, of two for one name the last counts
    #[arg(long = "var", value_name = "'NAME=VALUE'", value_parser = assignment)]
    pub vars: Vec<(String, String)>,

    /// File with values of input variables (.hcl or .json); may be given several times
    #[arg(long = "var-file", value_name = "PATH")]
    pub var_files: Vec<String>,

    /// Run only the builds whose names match one of these patterns
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub only: Vec<String>,

    /// Leave out the builds and post-processors whose names match one of these patterns
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub except: Vec<String>,

    /// What a template without a telling name is: json or hcl2
    #[arg(long = "config-type", value_name = "TYPE", value_parser = ["json", "hcl2"], default_value = "json", hide_default_value = true)]
    pub config_type: String,

    /// Evaluate data sources first, then locals, as old versions did
    #[arg(long = "use-sequential-evaluation", value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    pub sequential: bool,

    /// Pass over plugins with a pre-release version
    #[arg(long = "ignore-prerelease-plugins", value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    pub ignore_prerelease_plugins: bool,

    /// Use these plugins in place of the built-in components that stand for them; all: every one that is installed
    #[arg(long = "prefer-plugins", value_name = "A,B|all", value_delimiter = ',')]
    pub prefer_plugins: Vec<String>,

    /// Print every event as a JSON object on a line of its own
    #[arg(long, value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    pub json: bool,
}

/// The one word of a command that needs a template.
#[derive(Args, Clone, Debug)]
pub struct TemplatePath {
    /// File or directory with the template
    #[arg(value_name = "TEMPLATE", required = true)]
    pub path: String,
}
