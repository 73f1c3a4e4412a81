//! `plugins vendor`: fills a folder with the plugins of a template, for machines without a network.

use clap::{ArgMatches, Args, Command};
use tintype_fetch::{Order, Platform};
use tintype_sdk::Policy;
use tintype_template::AnyTemplate;
use tintype_ui::HumanStyle;

use super::{MirrorArgs, failed, installer};
use crate::args::TemplateArgs;
use crate::commands::session::Session;
use crate::commands::{Call, Exit, Subcommand, read};

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "plugins vendor",
    synopsis: "Fill a folder with a template's plugins, as a mirror",
    hidden: true,
    grammar: || VendorArgs::augment_args(Command::new("plugins vendor")),
    run,
};

/// Puts the plugins that a template asks for into a folder, which is a mirror then: `init -mirror=FOLDER` installs from it, and so it does
/// from any web server that has the folder's files. What is locked is taken in its locked version.
#[derive(Args, Clone, Debug)]
struct VendorArgs {
    /// Platforms to take plugins for, such as linux_amd64,windows_amd64; without it, the one that this is
    #[arg(long, value_name = "OS_ARCH,…", value_delimiter = ',')]
    platform: Vec<Platform>,

    #[command(flatten)]
    mirror: MirrorArgs,

    #[command(flatten)]
    template: TemplateArgs,

    /// The folder; made if it is not there
    #[arg(value_name = "FOLDER", required = true)]
    folder: String,

    /// File or directory with the template
    #[arg(value_name = "TEMPLATE", default_value = ".")]
    path: String,
}

fn run(matches: &ArgMatches, call: Call) -> Exit {
    let Some(args) = read::<VendorArgs>(matches) else { return 1 };
    let form = Session::form(&call, args.template.json, HumanStyle::default());
    let session = Session::new(call, form, true, Policy::default());
    session.block_on(async |session| fill(session, args).await.unwrap_or_else(|exit| exit))
}

async fn fill(session: &Session, args: VendorArgs) -> Result<Exit, Exit> {
    let template = session.load(&args.path, &args.template, false)?;
    if let AnyTemplate::Json(_) = template {
        session.screen.fail("Only HCL2 templates say which plugins they need.");
        return Err(1);
    }
    let lock = session.lock_file(&args.path)?;
    let resolver = session.resolver(&args.template, None);
    let installer = installer(session, &resolver, &args.mirror)?;
    let folder = session.world.path(&args.folder);
    let platforms = match &args.platform[..] {
        [] => vec![resolver.tree().platform().clone()],
        given => given.to_vec(),
    };
    let mut exit = 0;
    for plugin in template.required_plugins() {
        let locked = lock.as_ref().and_then(|lock| lock.get(&plugin.source));
        let pinned = locked.and_then(|locked| format!("= {}", locked.version).parse().ok());
        let order = Order {
            source: &plugin.source,
            constraint: pinned.as_ref().unwrap_or(&plugin.constraint),
            force: false,
            locked,
        };
        match tintype_fetch::vendor(&installer, order, &platforms, &folder).await {
            Ok(vendored) => {
                for (path, there) in vendored.files {
                    let verb = if there { "Kept" } else { "Took" };
                    session.screen.say(format!("{verb} {}", path.display()));
                }
            }
            Err(error) => {
                failed(session, &plugin.source, error);
                exit = 1;
            }
        }
    }
    Ok(exit)
}
