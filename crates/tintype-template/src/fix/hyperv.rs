//! Fixers for Hyper-V.

use super::Fixer;
use super::template::{Template, rename};

pub(super) const DEPRECATIONS: Fixer =
    Fixer { name: "hyperv-deprecations", about: "vhd_temp_path is dropped", apply: deprecations };

pub(super) const VMCX: Fixer = Fixer {
    name: "hyperv-vmxc-typo",
    about: "clone_from_vmxc_path becomes clone_from_vmcx_path",
    apply: vmcx,
};

pub(super) const CPU_AND_RAM: Fixer = Fixer {
    name: "hyperv-cpu-and-ram",
    about: "cpu becomes cpus, ram_size becomes memory",
    apply: cpu_and_ram,
};

fn deprecations(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(&["hyperv-iso"]) {
        builder.remove("vhd_temp_path");
    }
    Ok(())
}

fn vmcx(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(&["hyperv-vmcx"]) {
        rename(builder, "clone_from_vmxc_path", "clone_from_vmcx_path");
    }
    Ok(())
}

fn cpu_and_ram(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(&["hyperv-iso", "hyperv-vmcx"]) {
        rename(builder, "cpu", "cpus");
        rename(builder, "ram_size", "memory");
    }
    Ok(())
}
