//! `hcl2_upgrade`: a JSON template written anew in HCL2.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{ArgAction, ArgMatches, Args, Command};
use diag::SourceMap;
use tintype_sdk::{Category, Policy, os_text};
use tintype_template::{Kind, UpgradeRequest, Upgraded};
use tintype_ui::HumanStyle;

use super::session::Session;
use super::{Call, Exit, Subcommand, read};
use crate::args::{TemplateArgs, TemplatePath};
use crate::flags::BOOL;

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "hcl2_upgrade",
    synopsis: "transform a JSON template into an HCL2 configuration",
    hidden: false,
    grammar: || UpgradeArgs::augment_args(Command::new("hcl2_upgrade")),
    run,
};

/// Writes a JSON template anew as an HCL2 template that builds the same. The JSON file is not changed.
#[derive(Args, Clone, Debug)]
struct UpgradeArgs {
    /// File to write; without it, the template's name with .pkr.hcl behind
    #[arg(long = "output-file", value_name = "PATH", default_value = "", hide_default_value = true)]
    output_file: String,

    /// Say in comments what each kind of block is for
    #[arg(long = "with-annotations", value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    with_annotations: bool,

    #[command(flatten)]
    template: TemplateArgs,

    #[command(flatten)]
    at: TemplatePath,
}

fn run(matches: &ArgMatches, call: Call) -> Exit {
    let Some(args) = read::<UpgradeArgs>(matches) else { return 1 };
    let form = Session::form(&call, args.template.json, HumanStyle::default());
    let session = Session::new(call, form, false, Policy::default());
    session.block_on(async |session| upgrade(&args, session).await.unwrap_or_else(|exit| exit))
}

async fn upgrade(args: &UpgradeArgs, session: &Session) -> Result<Exit, Exit> {
    let (path, screen, world) = (&args.at.path, &session.screen, &*session.world);
    match tintype_template::kind_of(path, &args.template.config_type, world) {
        Ok(Kind::Json) => {}
        Ok(Kind::Hcl) => {
            screen.fail(format!("{path} is an HCL2 template already: hcl2_upgrade reads JSON templates."));
            return Err(1);
        }
        Err(missing) => {
            screen.fail(missing.to_string());
            return Err(1);
        }
    }
    let (sources, resolver) = (SourceMap::new(), session.resolver(&args.template, None));
    let installed = resolver.installed_names().await;
    let is_installed = |ty: &str| {
        let mut all = installed.iter().flat_map(|(_, names)| names);
        all.any(|(category, names)| *category == Category::Builder && names.iter().any(|name| name == ty))
    };
    let request = UpgradeRequest {
        path,
        vars: &args.template.vars,
        var_files: &args.template.var_files,
        annotations: args.with_annotations,
        has_builder: &|ty| resolver.built_in().has(Category::Builder, ty) || is_installed(ty),
    };
    let Upgraded { text, ignored, unknown } =
        tintype_template::upgrade(&request, world, &sources).map_err(|findings| {
            screen.report(&findings, &sources);
            1
        })?;
    for finding in &ignored {
        screen.fail(format!("Ignored, since nothing is built now: {}", finding.summary));
    }
    for ty in &unknown {
        screen.fail(format!(
            "Unknown builder type \"{ty}\": its options were taken over by the general rules."
        ));
    }
    let output =
        if args.output_file.is_empty() { format!("{path}.pkr.hcl") } else { args.output_file.clone() };
    write(&world.path(&output), text.as_bytes()).map_err(|error| {
        screen.fail(format!("Failed to write {output}: {}", os_text(&error)));
        1
    })?;
    let exit = Exit::from(!unknown.is_empty());
    screen.say(format!("Successfully created {output}. Exit {exit}"));
    Ok(exit)
}

/// Writes a file whole or not at all. Directories are made; a file that is there is replaced and keeps its permissions.
fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    let there = std::fs::metadata(path).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        // A device or a pipe is written to; a directory says by itself what is wrong with it.
        return std::fs::write(path, contents);
    }
    // What a symbolic link leads to is replaced, not the link.
    let target = if there.is_some() { path.canonicalize()? } else { path.to_path_buf() };
    let directory = target.parent().map_or(PathBuf::from("."), Path::to_path_buf);
    std::fs::create_dir_all(&directory)?;
    let new = tempfile::Builder::new()
        .prefix(".tintype-upgrade-")
        // With the permissions of an ordinary file, which it becomes.
        .make_in(&directory, |path| std::fs::File::create_new(path))?;
    let (mut file, new) = new.into_parts();
    file.write_all(contents)?;
    if let Some(there) = there {
        file.set_permissions(there.permissions())?;
    }
    drop(file);
    new.persist(&target).map_err(|error| error.error)
}
