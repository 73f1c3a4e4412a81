//! What `docker run` means without an Engine: the machine, the configuration, and what is refused.

use bollard::models::ContainerCreateBody;
use expect_test::{Expect, expect};
use oci::RunConfig;
use tintype_testkit::Sandbox;

use super::run_config::{main_program, of_container};
use super::wanted::{Wanted, wanted};
use crate::run_args::parse;

fn run(args: &str) -> Result<Wanted, String> {
    let sandbox = Sandbox::new();
    let words: Vec<String> = args.split(' ').map(str::to_owned).collect();
    let run = parse(&words, sandbox.world()).expect("good arguments");
    wanted(run).map_err(|refused| format!("{}: {}", refused.option, refused.instead))
}

fn check(args: &str, show: impl FnOnce(Wanted) -> String, expected: Expect) {
    expected.assert_eq(&run(args).map_or_else(|refused| refused, show));
}

#[test]
fn machines() {
    check(
        "-d -h boxy --cap-add NET_ADMIN --cap-drop ALL --privileged --tmpfs /t:size=1m -v /a:/b:ro --device /dev/fuse i",
        |wanted| format!("{:?}", wanted.machine),
        expect![[
            r#"Setup { hostname: "boxy", network: Auto, binds: [Bind { host: "/a", machine: "/b", read_only: true }, Bind { host: "/dev/fuse", machine: "/dev/fuse", read_only: false }], tmpfs: ["/t:size=1m"], capabilities: Capabilities { add: ["NET_ADMIN"], drop: ["ALL"] }, privileged: true, unfiltered: false, hosts: [], limits: Limits { memory: None, pids: None } }"#
        ]],
    );
    check(
        "--security-opt seccomp=unconfined --network none --add-host a:1.2.3.4 -m 64m --pids-limit 9 --mount type=tmpfs,target=/x,tmpfs-size=1m --mount type=bind,src=/c,dst=/d i",
        |wanted| format!("{:?}", wanted.machine),
        expect![[
            r#"Setup { hostname: "", network: None, binds: [Bind { host: "/c", machine: "/d", read_only: false }], tmpfs: ["/x:size=1048576"], capabilities: Capabilities { add: [], drop: [] }, privileged: false, unfiltered: true, hosts: [("a", "1.2.3.4")], limits: Limits { memory: Some(67108864), pids: Some(9) } }"#
        ]],
    );
    check(
        "--security-opt apparmor=unconfined --cpus 2 --dns 1.1.1.1 -p 80:80 --ulimit nofile=5 -v /anonymous i",
        |wanted| wanted.without_effect.join(" "),
        expect!["--dns --security-opt --ulimit --cpus --publish"],
    );
}

#[test]
fn what_needs_an_engine() {
    for (args, refused) in [
        ("--gpus all i", "--gpus: name the devices one by one with --device"),
        ("--runtime kata i", "--runtime kata: leave the runtime out"),
        ("--network mine i", "--network mine: use host, none or bridge"),
        (
            "-v named:/a i",
            "the volume \"named\": mount a directory of this host: ./directory, or its whole path",
        ),
        ("--mount type=volume,src=v,dst=/a i", "--mount v: mount a directory of this host: type=bind"),
        ("--read-only i", "--read-only: an image is made of what changes in the container"),
        ("--pid host i", "--pid host: leave it out: the container gets its own"),
        ("--volumes-from c i", "--volumes-from: mount a directory of this host"),
    ] {
        assert_eq!(run(args).err().as_deref(), Some(refused), "{args}");
    }
    for args in ["--runtime runc i", "--network bridge i", "-v /a:/b i"] {
        assert!(run(args).is_ok(), "{args}");
    }
}

#[test]
fn configurations() {
    let words =
        |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let image = RunConfig {
        user: "web".to_owned(),
        env: words("A=1 B=2"),
        entrypoint: Some(words("/entry")),
        cmd: Some(words("arg")),
        working_dir: "/srv".to_owned(),
        ..RunConfig::default()
    };
    let of = |args: &str| of_container(&image, &run(args).expect("good arguments").body);
    let plain = of("i");
    assert_eq!(plain, image);
    assert_eq!(main_program(&plain), Some(words("/entry arg")));
    let changed = of("-e B=3 -e C=4 -e A -u root -w / -l k=v --expose 80 --entrypoint=/bin/sh i");
    assert_eq!(changed.env, words("B=3 C=4"));
    assert_eq!((changed.user.as_str(), changed.working_dir.as_str()), ("root", "/"));
    assert_eq!(changed.labels.get("k").map(String::as_str), Some("v"));
    assert!(changed.exposed_ports.contains_key("80/tcp"));
    assert_eq!((changed.entrypoint.clone(), changed.cmd.clone()), (Some(words("/bin/sh")), None));
    assert_eq!(main_program(&changed), None);
    assert_eq!(main_program(&of("i other")), Some(words("/entry other")));
    assert_eq!(main_program(&of_container(&RunConfig::default(), &ContainerCreateBody::default())), None);
}
