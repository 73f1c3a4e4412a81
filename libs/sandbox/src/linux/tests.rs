//! What can be tested without a machine: texts and rules.

use super::forbidden::{Host, way_out};
use super::probe::Guess;
use super::wire::{Answer, Failure, Packed, Request, Step, receive};
use super::{cgroup, ids, network, remembered, rights, tree, users, wire};
use crate::{Capabilities, ExitStatus, Forbidden, Ids, Net, Overlay};
use rustix::net::{RecvFlags, SendFlags};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, SystemTime};

const PASSWD: &str =
    "root:x:0:0:root:/root:/bin/sh\nweb:x:33:34:web:/var/www:/bin/false\nbroken\n5:x:77:78::/five:/x\n";
const GROUP: &str = "root:x:0:\nwww:x:34:\naudio:x:29:games,web\nvideo:x:44: web \n";

#[test]
fn users_by_names_and_numbers() {
    let check = |text: &str, expected: &str| {
        let actual = match users::find(text, PASSWD, GROUP) {
            Ok(who) => format!("{}:{} {:?} {}", who.uid, who.gid, who.groups, who.home),
            Err(error) => error,
        };
        assert_eq!(actual, expected, "{text:?}");
    };
    check("", "0:0 [] /root");
    check("root", "0:0 [] /root");
    check("web", "33:34 [29, 44] /var/www");
    check("33", "33:34 [29, 44] /var/www");
    check("web:audio", "33:29 [] /var/www");
    check("web:7", "33:7 [] /var/www");
    check("1000", "1000:0 [] /");
    check("1000:1001", "1000:1001 [] /");
    check(":www", "0:34 [] /root");
    check("5", "77:78 [] /five");
    check("nobody", "there is no user `nobody` in the machine's /etc/passwd");
    check("web:nogroup", "there is no group `nogroup` in the machine's /etc/group");
    check("4294967296", "there is no user `4294967296` in the machine's /etc/passwd");
}

#[test]
fn ranges_of_ids() {
    let check = |text: &str, expected: Option<(u32, u32)>| {
        assert_eq!(ids::largest(text, "ann", 1000), expected, "{text:?}");
    };
    check("", None);
    check("ann:100000:65536\n", Some((100_000, 65_536)));
    check("1000:100000:65536\n", Some((100_000, 65_536)));
    check("bob:1:2\nann:3:4\nann:5:60\n", Some((5, 60)));
    check("ann:x:4\nann:1\n:1:2\nann:1:0", None);
    assert_eq!(ids::name("root:x:0:0\nann:x:1000:1000::/:", 1000).as_deref(), Some("ann"));
    assert_eq!(ids::name("ann:x:1000", 100), None);
}

#[test]
fn capabilities() {
    let check = |add: &[&str], drop: &[&str], expected: Result<u64, &str>| {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let wanted = Capabilities { add: list(add), drop: list(drop) };
        let actual = rights::bounding(&wanted, false).map(|set| set.bits());
        assert_eq!(actual, expected.map_err(str::to_owned), "{wanted:?}");
    };
    check(&[], &[], Ok(0xa804_25fb));
    check(&["sys_admin"], &["CAP_CHOWN"], Ok(0xa804_25fa | 1 << 21));
    check(&[], &["ALL"], Ok(0));
    check(&["chown"], &["ALL"], Ok(1));
    check(&["ALL"], &["chown"], Ok(u64::MAX - 1));
    check(&["kill"], &["kill"], Ok(0xa804_25db));
    check(&["FLY"], &[], Err("there is no capability `FLY`"));
    check(&[""], &[], Err("there is no capability ``"));
}

#[test]
fn control_group_hierarchies() {
    let mounts = "30 23 0:26 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n\
                  31 23 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
                  32 23 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n33 1 0:2 / /proc rw - proc proc rw\nbroken\n";
    let found: Vec<String> = cgroup::hierarchies(mounts)
        .into_iter()
        .map(|(at, controllers)| format!("{} {}", at.display(), controllers.join("+")))
        .collect();
    let expected = [
        "/sys/fs/cgroup/memory rw+memory",
        "/sys/fs/cgroup/cpu,cpuacct rw+cpu+cpuacct",
        "/sys/fs/cgroup/unified ",
    ];
    assert_eq!(found, expected);
}

#[test]
fn ways_out() {
    let check = |step: Step, errno: i32, root: bool, host: Host, expected: &str| {
        let failure = Failure { step, text: String::new(), errno };
        let actual = way_out(&failure, root, &host);
        assert!(actual.contains(expected), "{step:?} {errno} {host:?}: {actual}");
    };
    const DENIED: i32 = 1;
    const CLOSED: i32 = 13;
    const FULL: i32 = 28;
    let usual = Host { most: Some(60_000), ..Host::default() };
    let none = Host { most: Some(0), ..usual };
    let boxed = Host { container: true, ..usual };
    let ubuntu = Host { apparmor: Some(1), ..usual };
    let debian = Host { clone: Some(0), ..usual };
    use Step::{Mount, Namespaces, Other, Overlay, UserNamespace};
    check(
        UserNamespace,
        FULL,
        false,
        none,
        "`sysctl -w user.max_user_namespaces=15000` as root, run this as root",
    );
    check(UserNamespace, FULL, false, Host { container: true, ..none }, "=15000` as root of the host");
    check(Namespaces, FULL, true, usual, "raise `user.max_user_namespaces` and its like");
    check(UserNamespace, DENIED, false, debian, "`sysctl -w kernel.unprivileged_userns_clone=1` as root");
    check(UserNamespace, DENIED, false, Host { container: true, ..debian }, "clone=1` as root of the host");
    check(UserNamespace, DENIED, false, boxed, "this is a container: start it with `--privileged`");
    check(UserNamespace, DENIED, false, boxed, "systempaths=unconfined`, or use the `docker` builder");
    check(Namespaces, DENIED, false, Host { named_root: true, ..usual }, "root has been denied");
    check(Mount, CLOSED, true, boxed, "this is a container: start it with `--privileged`");
    check(Mount, CLOSED, false, ubuntu, "a profile with the rule `userns`");
    check(Other, DENIED, false, ubuntu, "kernel.apparmor_restrict_unprivileged_userns=0");
    check(UserNamespace, DENIED, false, Host { chroot: true, ..usual }, "this is a chroot");
    check(Namespaces, DENIED, true, Host { chroot: true, ..debian }, "root has been denied the rights");
    check(UserNamespace, DENIED, false, usual, "forbids it, run this as root, or use the `docker` builder");
    check(Overlay, FULL, false, boxed, "put the cache on a local disk");
    check(Other, FULL, false, none, "see to that");
}

#[test]
fn what_lacks_is_looked_for_again_soon() {
    let dir = tempfile::tempdir().unwrap();
    let lacking = Forbidden { why: String::new(), way_out: String::new() };
    let check = |notes: &[&Forbidden], seconds: u64, expected: bool| {
        let notes = notes.iter().map(|note| (*note).clone()).collect();
        let guess = Guess { overlay: Overlay::Kernel, ids: Ids::Single, network: Net::Host, notes };
        remembered::keep(dir.path(), "what?", &guess);
        let file = std::fs::File::options().write(true).open(dir.path().join(remembered::FILE)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
        assert_eq!(remembered::recall(dir.path(), "what?").is_some(), expected, "{guess:?} {seconds}");
        assert_eq!(remembered::recall(dir.path(), "what else?"), None);
    };
    check(&[], 0, true);
    check(&[], 80_000, true);
    check(&[], 90_000, false);
    check(&[&lacking], 30, true);
    check(&[&lacking], 120, false);
}

#[test]
fn places_never_lead_out() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    std::fs::create_dir_all(root.join("etc/deep")).unwrap();
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, root.join(name)).unwrap();
    link("../../../../etc", "up");
    link("/etc/deep", "absolute");
    link("loop", "loop");
    link("missing/file", "etc/dangling");
    let check = |path: &str, expected: Option<&str>| {
        assert_eq!(tree::locate(root, Path::new(path)).ok().as_deref(), expected.map(Path::new), "{path}");
    };
    check("/etc/hosts", Some("etc/hosts"));
    check("/../../etc/./hosts", Some("etc/hosts"));
    check("/up/hosts", Some("etc/hosts"));
    check("/absolute/../x", Some("etc/x"));
    check("/etc/dangling", Some("etc/missing/file"));
    check("/no/where", Some("no/where"));
    check("/", Some(""));
    check("/loop/x", None);
}

#[test]
fn names_for_machines() {
    let hosts = network::hosts(
        "box",
        &[
            ("db".to_owned(), "10.0.0.1".to_owned()),
            ("bad".to_owned(), "not an address".to_owned()),
            ("a b".to_owned(), "10.0.0.2".to_owned()),
            ("six".to_owned(), "fd00::1".to_owned()),
        ],
    );
    assert!(hosts.starts_with("127.0.0.1\tlocalhost\n"), "{hosts}");
    assert!(hosts.ends_with("127.0.1.1\tbox\n10.0.0.1\tdb\nfd00::1\tsix\n"), "{hosts}");
    assert_eq!(network::resolver(&network::Resolved::None), "");
    let slirp = network::resolver(&network::Resolved::Helper(Net::Slirp("slirp4netns".into())));
    assert!(
        slirp.starts_with("nameserver 10.0.2.3\n") && slirp.matches("nameserver").count() == 1,
        "{slirp}"
    );
}

#[test]
fn messages_of_any_size() {
    let (ours, theirs) = wire::pair().unwrap();
    for length in [0, 1, 1000, 61_000, 5_000_000] {
        let body = vec![7_u8; length];
        let files = vec![ours.as_fd(), theirs.as_fd()];
        let message = Answer::Ended { id: 5, status: ExitStatus::Code(length as i32) };
        Packed::new(&message, &body, files).unwrap().send(ours.as_fd(), SendFlags::DONTWAIT).unwrap();
        let parcel = receive::<Answer>(theirs.as_fd(), RecvFlags::DONTWAIT).unwrap().unwrap();
        assert_eq!(format!("{:?}", parcel.message), format!("{message:?}"));
        assert_eq!((parcel.body == body, parcel.files.len()), (true, 2), "{length}");
    }
    // What nobody of ours said is refused.
    rustix::net::send(&ours, b"?", SendFlags::empty()).unwrap();
    rustix::net::send(&ours, &[255; 20], SendFlags::empty()).unwrap();
    rustix::net::send(&ours, b"\x02\0\0\0{}", SendFlags::empty()).unwrap();
    for _ in 0..3 {
        assert!(receive::<Request>(theirs.as_fd(), RecvFlags::DONTWAIT).is_err());
    }
    // Its last words are heard even when it has not heard all of ours.
    Packed::new(&Request::Go, &[], Vec::new()).unwrap().send(ours.as_fd(), SendFlags::empty()).unwrap();
    rustix::net::send(&theirs, b"unheard", SendFlags::empty()).unwrap();
    drop(ours);
    let last = receive::<Request>(theirs.as_fd(), RecvFlags::empty()).unwrap().unwrap();
    assert!(matches!(last.message, Request::Go));
    assert!(receive::<Request>(theirs.as_fd(), RecvFlags::empty()).unwrap().is_none());
}
