//! The filter of system calls that programs of a machine run under: what it refuses, as a program for the kernel. Most of it needs
//! capabilities that these programs do not have anyhow; the filter keeps the code behind from being reached, and closes what asks for no
//! capability: keyrings, performance counters, `userfaultfd`, `io_uring`. [`super::entry`] installs it.
//!
//! The layout of the program is the kernel's (`Documentation/userspace-api/seccomp_filter.rst`, `linux/bpf_common.h`).

use rustix::io::Errno;
use rustix::thread::CapabilitySet;

/// Calls that are refused to whoever has none of some capabilities.
struct Group {
    lifted_by: CapabilitySet,
    calls: &'static [Call],
}

/// A call's name and its numbers: for 64-bit and 32-bit programs on x86, and for 64-bit ones on Arm.
type Call = (&'static str, [u32; 3]);

/// There it is not.
const NONE: u32 = u32::MAX;

const GROUPS: &[Group] = &[
    Group {
        lifted_by: CapabilitySet::empty(),
        calls: &[
            ("add_key", [248, 286, 217]),
            ("request_key", [249, 287, 218]),
            ("keyctl", [250, 288, 219]),
            ("userfaultfd", [323, 374, 282]),
            ("io_uring_setup", [425, 425, 425]),
            ("io_uring_enter", [426, 426, 426]),
            ("io_uring_register", [427, 427, 427]),
        ],
    },
    Group {
        lifted_by: CapabilitySet::SYS_ADMIN,
        calls: &[
            ("mount", [165, 21, 40]),
            ("umount", [NONE, 22, NONE]),
            ("umount2", [166, 52, 39]),
            ("pivot_root", [155, 217, 41]),
            ("open_tree", [428, 428, 428]),
            ("move_mount", [429, 429, 429]),
            ("fsopen", [430, 430, 430]),
            ("fsconfig", [431, 431, 431]),
            ("fsmount", [432, 432, 432]),
            ("fspick", [433, 433, 433]),
            ("mount_setattr", [442, 442, 442]),
            ("setns", [308, 346, 268]),
            ("swapon", [167, 87, 224]),
            ("swapoff", [168, 115, 225]),
            ("quotactl", [179, 131, 60]),
            ("quotactl_fd", [443, 443, 443]),
            ("lookup_dcookie", [212, 253, 18]),
        ],
    },
    Group {
        lifted_by: CapabilitySet::SYS_ADMIN.union(CapabilitySet::BPF),
        calls: &[("bpf", [321, 357, 280])],
    },
    Group {
        lifted_by: CapabilitySet::SYS_ADMIN.union(CapabilitySet::PERFMON),
        calls: &[("perf_event_open", [298, 336, 241])],
    },
    Group {
        lifted_by: CapabilitySet::SYS_MODULE,
        calls: &[
            ("init_module", [175, 128, 105]),
            ("finit_module", [313, 350, 273]),
            ("delete_module", [176, 129, 106]),
        ],
    },
    Group {
        lifted_by: CapabilitySet::SYS_BOOT,
        calls: &[
            ("reboot", [169, 88, 142]),
            ("kexec_load", [246, 283, 104]),
            ("kexec_file_load", [320, NONE, 294]),
        ],
    },
    Group { lifted_by: CapabilitySet::SYS_PACCT, calls: &[("acct", [163, 51, 89])] },
    Group { lifted_by: CapabilitySet::DAC_READ_SEARCH, calls: &[("open_by_handle_at", [304, 342, 265])] },
    Group {
        lifted_by: CapabilitySet::SYS_TIME,
        calls: &[
            ("stime", [NONE, 25, NONE]),
            ("settimeofday", [164, 79, 170]),
            ("clock_settime", [227, 264, 112]),
            ("clock_settime64", [NONE, 404, 404]),
        ],
    },
    Group {
        lifted_by: CapabilitySet::SYS_RAWIO,
        calls: &[("iopl", [172, 110, NONE]), ("ioperm", [173, 101, NONE])],
    },
    Group { lifted_by: CapabilitySet::SYSLOG, calls: &[("syslog", [103, 103, 116])] },
];

/// Calls whose first argument says which namespaces are wanted.
const SPLIT: [Call; 2] = [("unshare", [272, 310, 97]), ("clone", [56, 120, 220])];

/// A newer `clone`, which keeps that where a filter cannot look; without it the C library falls back to the older one.
const CLONE3: Call = ("clone3", [435, 435, 435]);

/// Namespaces of files, control groups, names, messages, users, processes and networks.
const NAMESPACES: u32 =
    0x0002_0000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x1000_0000 | 0x2000_0000 | 0x4000_0000;

/// Where the kernel shows a filter the number of the call, the kind of the program, and the low half of the first argument.
const NUMBER: u32 = 0;
const KIND: u32 = 4;
const ARGUMENT: u32 = 16;

/// The kinds of programs (`linux/audit.h`), in the order of the numbers. 32-bit ones of Arm are not looked at.
const KINDS: [u32; 3] = [0xc000_003e, 0x4000_0003, 0xc000_00b7];
/// Programs of x86 with 64-bit registers and 32-bit pointers, which nobody has any more, have numbers of their own, with this bit. No
/// other kind has numbers that high.
const X32: u32 = 0x4000_0000;

const ALLOW: u32 = 0x7fff_0000;
const REFUSE: u32 = 0x0005_0000;

/// The filter for programs with these capabilities at most.
pub(super) fn filter(bounding: CapabilitySet) -> Vec<u8> {
    let mut program = Program(Vec::new());
    for (kind, value) in KINDS.into_iter().enumerate() {
        let number = |call: &Call| call.1[kind];
        let mut body = Program(Vec::new());
        body.load(NUMBER);
        body.at_least(X32, Errno::NOSYS);
        for group in GROUPS.iter().filter(|group| !bounding.intersects(group.lifted_by)) {
            for number in group.calls.iter().map(number).filter(|number| *number != NONE) {
                body.refuse(number, Errno::PERM);
            }
        }
        if !bounding.contains(CapabilitySet::SYS_ADMIN) {
            body.refuse(number(&CLONE3), Errno::NOSYS);
            for number in SPLIT.iter().map(number) {
                body.refuse_flags(number, NAMESPACES);
            }
        }
        body.answer(ALLOW);
        program.load(KIND);
        program.only(value, body);
    }
    program.answer(ALLOW);
    program.0.concat()
}

/// Instructions, eight bytes each.
struct Program(Vec<[u8; 8]>);

impl Program {
    const LOAD: u16 = 0x20;
    const JUMP: u16 = 0x05;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const JUMP_IF_AT_LEAST: u16 = 0x35;
    const JUMP_IF_ANY_BIT: u16 = 0x45;
    const ANSWER: u16 = 0x06;

    /// `yes` and `no` are how many instructions are left out.
    fn push(&mut self, code: u16, yes: u8, no: u8, value: u32) {
        let [a, b] = code.to_ne_bytes();
        let [c, d, e, f] = value.to_ne_bytes();
        self.0.push([a, b, yes, no, c, d, e, f]);
    }

    fn load(&mut self, offset: u32) {
        self.push(Self::LOAD, 0, 0, offset);
    }

    fn answer(&mut self, answer: u32) {
        self.push(Self::ANSWER, 0, 0, answer);
    }

    fn error(&mut self, error: Errno) {
        self.answer(REFUSE | error.raw_os_error().unsigned_abs());
    }

    fn refuse(&mut self, number: u32, error: Errno) {
        self.push(Self::JUMP_IF_EQUAL, 0, 1, number);
        self.error(error);
    }

    fn at_least(&mut self, number: u32, error: Errno) {
        self.push(Self::JUMP_IF_AT_LEAST, 0, 1, number);
        self.error(error);
    }

    /// Refuses a call if its first argument has any of these flags.
    fn refuse_flags(&mut self, number: u32, flags: u32) {
        self.push(Self::JUMP_IF_EQUAL, 0, 4, number);
        self.load(ARGUMENT);
        self.push(Self::JUMP_IF_ANY_BIT, 0, 1, flags);
        self.error(Errno::PERM);
        self.answer(ALLOW);
    }

    /// Runs `body`, which always ends with an answer, if the value is this one.
    fn only(&mut self, value: u32, body: Self) {
        self.push(Self::JUMP_IF_EQUAL, 1, 0, value);
        // Conditional jumps do not reach far enough.
        self.push(Self::JUMP, 0, 0, body.0.len() as u32);
        self.0.extend(body.0);
    }
}

#[cfg(test)]
mod tests {
    use super::{CLONE3, GROUPS, KINDS, NONE, SPLIT, filter};
    use rustix::thread::CapabilitySet;

    /// The number of a call as a header of the kernel's has it.
    fn number(header: &str, name: &str) -> u32 {
        let defined = |line: &str| {
            let mut words = line.strip_prefix("#define __NR")?.trim_start_matches("3264").split_whitespace();
            (words.next()?.strip_prefix('_')? == name).then(|| words.next()?.parse().ok())?
        };
        header.lines().find_map(defined).unwrap_or(NONE)
    }

    #[test]
    fn numbers_are_the_kernels() {
        let headers =
            ["x86_64-linux-gnu/asm/unistd_64.h", "x86_64-linux-gnu/asm/unistd_32.h", "asm-generic/unistd.h"];
        for (kind, header) in headers.into_iter().enumerate() {
            let Ok(text) = std::fs::read_to_string(format!("/usr/include/{header}")) else { continue };
            for (name, numbers) in GROUPS.iter().flat_map(|group| group.calls).chain(&SPLIT).chain([&CLONE3])
            {
                assert_eq!(numbers[kind], number(&text, name), "{name} in {header}");
            }
        }
    }

    /// What the kernel would answer.
    fn answer(filter: &[u8], kind: u32, number: u32, argument: u32) -> u32 {
        let (instructions, _) = filter.as_chunks::<8>();
        let (mut at, mut value) = (0, 0);
        loop {
            let [a, b, yes, no, c, d, e, f] = instructions[at];
            let k = u32::from_ne_bytes([c, d, e, f]);
            let jump = |condition: bool| usize::from(if condition { yes } else { no });
            at += 1 + match u16::from_ne_bytes([a, b]) {
                0x20 => {
                    value = match k {
                        0 => number,
                        4 => kind,
                        _ => argument,
                    };
                    0
                }
                0x05 => k as usize,
                0x15 => jump(value == k),
                0x35 => jump(value >= k),
                0x45 => jump(value & k != 0),
                _ => return k,
            };
        }
    }

    #[test]
    fn answers() {
        const ALLOW: u32 = 0x7fff_0000;
        const EPERM: u32 = 0x0005_0001;
        const ENOSYS: u32 = 0x0005_0026;
        let usual = filter(CapabilitySet::CHOWN);
        let all = filter(CapabilitySet::all());
        let [wide, narrow, arm] = KINDS;
        for (kind, number, argument, with_usual, with_all) in [
            (wide, 0, 0, ALLOW, ALLOW),
            (wide, 165, 0, EPERM, ALLOW),
            (wide, 250, 0, EPERM, EPERM),
            (wide, 435, 0, ENOSYS, ALLOW),
            (wide, 56, 0x11, ALLOW, ALLOW),
            (wide, 56, 0x1000_0011, EPERM, ALLOW),
            (wide, 272, 0x200, ALLOW, ALLOW),
            (wide, 272, 0x0002_0000, EPERM, ALLOW),
            (wide, 0x4000_0000 + 165, 0, ENOSYS, ENOSYS),
            (narrow, 165, 0, ALLOW, ALLOW),
            (narrow, 21, 0, EPERM, ALLOW),
            (narrow, 288, 0, EPERM, EPERM),
            (arm, 40, 0, EPERM, ALLOW),
            (arm, 219, 0, EPERM, EPERM),
            (arm, 165, 0, ALLOW, ALLOW),
            (0x4000_0028, 21, 0, ALLOW, ALLOW),
        ] {
            assert_eq!(answer(&usual, kind, number, argument), with_usual, "{kind:x} {number} {argument:x}");
            assert_eq!(
                answer(&all, kind, number, argument),
                with_all,
                "{kind:x} {number} {argument:x}, privileged"
            );
        }
        assert!(usual.len() / 8 < 512, "more than entry.c takes");
    }
}
