//! What a machine sees, what of it changes, and what it may do.

use crate::bed::{Bed, run, shell, task, words};
use sandbox::{Bind, Exec, Ids, Network, Overlay, Spec};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

pub async fn files_and_changes(bed: &Bed) {
    files_and_changes_in(bed, "files").await;
}

pub async fn files_and_changes_in(bed: &Bed, name: &str) {
    let spec = bed.spec(name);
    let machine = bed.start(&spec).await;
    let script = "set -e; cat /etc/only-in-top; echo a > /new; mkdir -p /d/e; ln /new /d/hard; ln -s new /soft; rm /etc/only-in-top; \
                  rm -r /var; mkdir /var; echo more >> /etc/passwd; mkfifo /pipe; touch /tmp/t; echo x > /dev/shm/x; ls /var";
    assert_eq!(run(&machine, shell(script), b"").await, "0|top|");
    let mode = run(&machine, shell("stat -c '%a %F' /tmp / /etc /proc /dev; ls /dev"), b"").await;
    assert!(
        mode.starts_with("0|1777 directory\n755 directory\n755 directory\n555 directory\n755 directory\n"),
        "{mode}"
    );
    for device in [
        "null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "fd", "stdin", "stdout",
        "stderr",
    ] {
        assert!(mode.lines().any(|line| line.trim_end_matches('|') == device), "{device}: {mode}");
    }
    assert_eq!(
        run(&machine, shell("echo x > /dev/null && head -c 3 /dev/zero | od -An -c"), b"").await,
        "0|  \\0  \\0  \\0|"
    );
    machine.stop().await.unwrap();
    assert_nothing_mounted(&spec);
    let expected = [
        "d",
        "d/e",
        "d/hard",
        "etc",
        "etc/only-in-top",
        "etc/passwd",
        "new",
        "pipe",
        "soft",
        "tmp",
        "tmp/t",
        "var",
    ];
    let there = Bed::upper(&spec);
    assert_eq!(there, expected);
    let hides = |mark: &str| {
        let mut value = [0_u8; 4];
        rustix::fs::lgetxattr(spec.upper.join("var"), mark, &mut value[..]) == Ok(1) && value[0] == b'y'
    };
    assert_eq!(hides("trusted.overlay.opaque"), bed.abilities.root && bed.abilities.overlay != Overlay::Copy);
    assert_ne!(hides("user.overlay.opaque"), hides("trusted.overlay.opaque"));
    assert_whiteout(&spec.upper.join("etc/only-in-top"));
    let links = std::fs::metadata(spec.upper.join("new")).unwrap().nlink();
    assert_eq!(links, 2);
    assert_eq!(std::fs::metadata(spec.upper.join("tmp")).unwrap().mode() & 0o7777, 0o1777);
}

fn assert_whiteout(path: &Path) {
    let meta = path.symlink_metadata().unwrap();
    let device = meta.file_type().is_char_device() && meta.rdev() == 0;
    let socket = meta.file_type().is_socket() && meta.mode() & 0o7777 == 0o7000;
    assert!(device || socket, "{path:?}: {meta:?}");
}

/// The machine's mounts were its own, and are gone.
pub fn assert_nothing_mounted(spec: &Spec) {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(&*spec.mount.to_string_lossy()), "{mounts}");
    assert_eq!(std::fs::read_dir(&spec.mount).unwrap().count(), 0);
}

pub async fn names(bed: &Bed) {
    names_in(bed, "names").await;
}

pub async fn names_in(bed: &Bed, name: &str) {
    let mut spec = bed.spec(name);
    spec.setup.hosts = vec![("db.example".to_owned(), "10.1.2.3".to_owned())];
    let machine = bed.start(&spec).await;
    assert_eq!(
        run(&machine, shell("hostname; uname -n; cat /etc/hostname; grep -c db.example /etc/hosts"), b"")
            .await,
        "0|box\nbox\nbox\n1|"
    );
    assert_eq!(run(&machine, shell("grep -c localhost /etc/hosts"), b"").await, "0|2|");
    let resolver = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    assert_eq!(
        run(&machine, shell("cat /etc/resolv.conf"), b"").await,
        format!("0|{}|", resolver.trim_end())
    );
    assert_eq!(
        run(&machine, shell("echo '1.1.1.1 x' >> /etc/hosts && tail -1 /etc/hosts"), b"").await,
        "0|1.1.1.1 x|"
    );
    assert_eq!(run(&machine, shell("rm /etc/hosts 2>/dev/null || echo busy"), b"").await, "0|busy|");
    machine.stop().await.unwrap();
    let left: Vec<String> = Bed::upper(&spec).into_iter().filter(|path| path.starts_with("etc/")).collect();
    assert!(left.is_empty(), "{left:?}");
    // Links in the tree lead to places in the tree.
    let spec = bed.spec(&format!("{name}-links"));
    std::os::unix::fs::symlink("../run/made/resolv.conf", spec.lower[1].join("etc/resolv.conf")).unwrap();
    std::os::unix::fs::symlink("/../../../far", spec.lower[0].join("sys")).unwrap();
    std::fs::write(spec.lower[1].join("etc/hosts"), "old\n").unwrap();
    let machine = bed.start(&spec).await;
    assert_eq!(run(&machine, shell("test -s /run/made/resolv.conf; readlink /etc/resolv.conf /sys; ls /far | grep -c kernel; grep -c old /etc/hosts"), b"").await, "1|../run/made/resolv.conf\n/../../../far\n1\n0|");
    machine.stop().await.unwrap();
    assert_eq!(std::fs::read_to_string(spec.lower[1].join("etc/hosts")).unwrap(), "old\n");
}

pub async fn scratch(bed: &Bed) {
    scratch_in(bed, "scratch").await;
}

/// Out of nothing, there are no programs, but tasks.
pub async fn scratch_in(bed: &Bed, name: &str) {
    let mut spec = Spec { lower: Vec::new(), ..bed.spec(name) };
    spec.setup.binds.clear();
    let machine = bed.start(&spec).await;
    task(&machine, "write", "/file", b"text").await.0.unwrap();
    assert_eq!(task(&machine, "list", "/", b"").await.0.unwrap(), "dev etc file proc sys");
    assert_eq!(run(&machine, shell("true"), b"").await, "there is no program `/bin/sh` in the machine");
    machine.stop().await.unwrap();
    assert_eq!(Bed::upper(&spec), ["file"]);
    assert_nothing_mounted(&spec);
}

/// As many trees as an image may have layers, with names that mean something to mount.
pub async fn many_trees(bed: &Bed) {
    let mut spec = bed.spec("odd: ,name=\\and more");
    for number in 0..127 {
        let tree = bed.dir.join(format!("odd: ,name=\\and more/tree-{number}-{}", "x".repeat(100)));
        std::fs::create_dir_all(tree.join("many")).unwrap();
        std::fs::write(tree.join(format!("many/{number}")), "").unwrap();
        std::fs::write(tree.join("many/top"), number.to_string()).unwrap();
        spec.lower.insert(0, tree);
    }
    let machine = bed.start(&spec).await;
    assert_eq!(run(&machine, shell("ls /many | wc -l; cat /many/top; rm /many/5"), b"").await, "0|128\n126|");
    machine.stop().await.unwrap();
    assert_eq!(Bed::upper(&spec), ["many", "many/5"]);
}

/// What a machine can have at most: root of a container may have fewer itself.
fn own_capabilities(bed: &Bed) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let own = status.lines().find_map(|line| line.strip_prefix("CapBnd:")).unwrap();
    if bed.abilities.ids == Ids::Root { u64::from_str_radix(own.trim(), 16).unwrap() } else { u64::MAX }
}

pub async fn rights(bed: &Bed) {
    let capabilities = async |add: &[&str], drop: &[&str], privileged: bool| {
        let mut spec = bed.spec(&format!("rights-{}-{}-{privileged}", add.join("-"), drop.join("-")));
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        spec.setup.capabilities = sandbox::Capabilities { add: list(add), drop: list(drop) };
        spec.setup.privileged = privileged;
        let machine = bed.start(&spec).await;
        let line = "grep -E '^Cap(Prm|Eff|Bnd|Inh|Amb)|^NoNewPrivs|^Seccomp:' /proc/self/status | cut -f2 | tr '\\n' ' '";
        let text = run(&machine, shell(line), b"").await;
        machine.stop().await.unwrap();
        text
    };
    let usual = "00000000a80425fb";
    let own = own_capabilities(bed);
    let line = |set: &str| {
        let set = format!("{:016x}", u64::from_str_radix(set, 16).unwrap() & own);
        format!("0|0000000000000000 {set} {set} {set} 0000000000000000 0 2|")
    };
    assert_eq!(capabilities(&[], &[], false).await, line(usual));
    assert_eq!(
        capabilities(&["cap_sys_ptrace", "NET_ADMIN"], &["MKNOD"], false).await,
        line("00000000a00c35fb")
    );
    assert_eq!(capabilities(&["CHOWN"], &["all"], false).await, line("0000000000000001"));
    let all = capabilities(&["ALL"], &[], false).await;
    assert_eq!(capabilities(&[], &[], true).await, all.replace("0 2|", "0 0|"));
    assert!(!all.contains(usual), "{all}");

    let machine = bed.start(&bed.spec("rights")).await;
    let check = async |line: &str, expected: &str| {
        assert_eq!(run(&machine, shell(line), b"").await, expected, "{line}")
    };
    check("mount -t tmpfs x /tmp 2>/dev/null || echo no", "0|no|").await;
    check("unshare -U true 2>/dev/null || echo no", "0|no|").await;
    check("unshare -m true 2>/dev/null || echo no", "0|no|").await;
    check("echo 1 2>/dev/null > /proc/sys/kernel/printk || echo no", "0|no|").await;
    check("echo b 2>/dev/null > /proc/sysrq-trigger || echo no", "0|no|").await;
    check("touch /sys/x 2>/dev/null || echo no", "0|no|").await;
    check("cat /proc/kcore /proc/keys /proc/timer_list /sys/firmware/* 2>/dev/null | wc -c", "0|0|").await;
    check("df -k --output=size /dev/shm | tail -1 | tr -d ' '", "0|65536|").await;
    check("ls /proc/1/root/ >/dev/null 2>&1 || echo no", "0|no|").await;
    check("chroot / echo chrooted", "0|chrooted|").await;
    // The keyring of the session is the caller's; sudo keeps its meaning, also for those who are not root.
    let keyctl = if cfg!(target_arch = "x86_64") { 250 } else { 219 };
    check(&format!("perl -e 'print syscall({keyctl}, 0, -3, 0), \" $!\"'"), "0|-1 Operation not permitted|")
        .await;
    check("perl -e 'syscall(435, 0, 0); print $!'", "0|Function not implemented|").await;
    check("cp /usr/bin/id /become-root && chmod 4755 /become-root && echo made", "0|made|").await;
    let id = Exec { user: "1".to_owned(), ..words(&["/become-root", "-u"]) };
    let missing = Exec { user: "1".to_owned(), ..words(&["no-such-program"]) };
    if bed.abilities.ids != Ids::Single {
        assert_eq!(run(&machine, id, b"").await, "0|0|");
        assert!(machine.exec(missing).await.err().unwrap().to_string().contains("no-such-program"));
    }
    machine.stop().await.unwrap();

    // Privileged machines may mount, and have namespaces of their own.
    let mut spec = bed.spec("privileged");
    spec.setup.privileged = true;
    let machine = bed.start(&spec).await;
    assert_eq!(run(&machine, shell("mount -t tmpfs x /tmp && unshare -m echo yes"), b"").await, "0|yes|");
    machine.stop().await.unwrap();
}

pub async fn binds(bed: &Bed) {
    let mut spec = bed.spec("binds");
    let host = bed.dir.join("binds/host");
    std::fs::create_dir_all(host.join("inner")).unwrap();
    std::fs::write(host.join("file"), "host\n").unwrap();
    let bind = |host: &Path, machine: &str, read_only| Bind {
        host: host.to_owned(),
        machine: machine.into(),
        read_only,
    };
    spec.setup.binds.push(bind(&host, "/made/here", false));
    spec.setup.binds.push(bind(&host, "/run/seen", true));
    spec.setup.binds.push(bind(&host.join("file"), "/etc/one-file", true));
    spec.setup.tmpfs = vec!["/run".to_owned(), "/scratch:size=64k,mode=700,exec".to_owned()];
    let machine = bed.start(&spec).await;
    let check = async |line: &str, expected: &str| {
        assert_eq!(run(&machine, shell(line), b"").await, expected, "{line}")
    };
    check(
        "cat /made/here/file /run/seen/file /etc/one-file; echo new > /made/here/new",
        "0|host\nhost\nhost|",
    )
    .await;
    check("touch /run/seen/x 2>/dev/null || echo no; touch /run/x && echo yes", "0|no\nyes|").await;
    check(
        "stat -c %a /scratch; head -c 100000 /dev/zero 2>/dev/null > /scratch/x || echo full",
        "0|700\nfull|",
    )
    .await;
    check("echo x 2>/dev/null > /usr/x || echo no", "0|no|").await;
    machine.stop().await.unwrap();
    assert_eq!(std::fs::read_to_string(host.join("new")).unwrap(), "new\n");
    assert_eq!(Bed::upper(&spec), Vec::<String>::new());
}

pub async fn networks(bed: &Bed) {
    networks_in(bed, "networks").await;
}

pub async fn networks_in(bed: &Bed, name: &str) {
    let with = async |network: Network, line: &str| {
        let mut spec = bed.spec(&format!("{name}-{network:?}-{}", line.len()));
        spec.setup.network = network;
        let machine = bed.start(&spec).await;
        let text = run(&machine, shell(line), b"").await;
        machine.stop().await.unwrap();
        text
    };
    let devices = "tail -n +3 /proc/net/dev | sed 's/:.*//' | tr -d ' ' | sort | tr '\\n' ' '";
    assert_eq!(with(Network::None, devices).await.split_whitespace().next(), Some("0|lo|"));
    assert_eq!(with(Network::None, "cat /proc/net/route | tail -n +2; cat /etc/resolv.conf").await, "0||");
    const NET_ADMIN: u64 = 1 << 12;
    if own_capabilities(bed) & NET_ADMIN != 0 {
        let line = "grep -c 127.0.0.1 /proc/net/fib_trie > /dev/null && echo up";
        assert_eq!(with(Network::None, line).await, "0|up|");
    }
    let host = || std::fs::read_to_string("/proc/net/dev").unwrap().lines().count() - 2;
    // Devices of other programs come and go.
    for rest in (0..20).rev() {
        let text = with(Network::Host, &format!("{devices} | wc -w")).await;
        if text == format!("0|{}|", host()) {
            break;
        }
        assert_ne!(rest, 0, "{text}");
    }
    let own = bed.abilities.network != sandbox::Net::Host;
    let routes = with(Network::Auto, "tail -n +2 /proc/net/route | wc -l").await;
    if own {
        assert!(routes != "0|0|", "{routes} {:?}", bed.abilities.network);
        let server =
            with(Network::Auto, "grep -c '^nameserver \\(169.254.1.1\\|10.0.2.3\\)$' /etc/resolv.conf").await;
        assert_eq!(server, "0|1|");
    }
}
