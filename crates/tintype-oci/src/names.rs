//! Names of images: given, taken away, looked up. What a name looks like is `oci`'s affair.

use oci::{Digest, Reference};
use serde::{Deserialize, Serialize};

use crate::lock::{Lock, Mode};
use crate::store::Part;
use crate::{Error, Result, Store, StoredImage};

/// What was removed.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Removed {
    /// The names that nothing stands under any more.
    pub names: Vec<Reference>,
    /// The image, when it had no further name.
    pub image: Option<Digest>,
}

/// Why an image has a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// Somebody gave it.
    User,
    /// It was pulled under it, and can be again.
    Pull,
}

/// What stands in a name's document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Name {
    /// The whole name: registry, repository, and tag or digest.
    pub(crate) name: String,
    pub(crate) image: Digest,
    pub(crate) by: By,
    /// The index in the registry that the name stands for, when it stands for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) index: Option<Digest>,
    /// The index was made here, of images that were given the name for their platforms.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) together: bool,
}

/// Names are too long and too colourful for files.
pub(crate) fn file_of(name: &str) -> String {
    Digest::of(name.as_bytes()).hex().to_owned()
}

impl Store {
    /// Gives an image a name. What had it before loses it.
    ///
    /// # Errors
    /// It is a digest and no tag, or cannot be written.
    pub fn tag(&self, image: &StoredImage, name: &Reference) -> Result<()> {
        if name.digest.is_some() {
            return Err(Error::Name { name: name.familiar(), why: "a digest cannot be given to an image" });
        }
        let _lock = self.adding_now()?;
        if self.read::<crate::images::Document>(Part::Images, image.id.hex())?.is_none() {
            return Err(Error::NoImage { name: image.id.to_string() });
        }
        self.name(name, &image.id, By::User, None)
    }

    /// Takes a name away. Whether there was one. The image stays, until nobody needs it and the store is cleaned.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn untag(&self, name: &Reference) -> Result<bool> {
        self.unlink(Part::Names, &file_of(&name.to_string()))
    }

    /// Removes an image: under one of its names only that name, and the image when it was the last; under its id, the image with all its
    /// names. What it alone needs of the disk is freed when the store is cleaned. An image that somebody holds trees of only loses its
    /// names: it goes when it is not needed any more.
    ///
    /// # Errors
    /// There is no such image, or the store cannot be written.
    pub fn remove(&self, name: &str) -> Result<Removed> {
        let image = self.expect(name)?;
        let by_name = match name.parse::<Reference>() {
            Ok(reference) if self.named(&reference)?.is_some() => Some(reference),
            _ => None,
        };
        let mut removed = Removed::default();
        let gone: Vec<Reference> = match &by_name {
            Some(reference) => vec![reference.clone()],
            None => image.tags.iter().chain(&image.digests).cloned().collect(),
        };
        // By their whole names: `web` is `web:latest`.
        let is_gone = |tag: &Reference| gone.iter().any(|name| name.to_string() == tag.to_string());
        let others_left = image.tags.iter().any(|tag| !is_gone(tag));
        // Without a tag the names by digest are nobody's.
        let all = if others_left { gone } else { [gone, image.digests.clone()].concat() };
        for name in all {
            if by_name.is_none() && self.leave_to_others(&image.id, &name)? {
                continue;
            }
            if self.untag(&name)? {
                removed.names.push(name);
            }
        }
        if !others_left && let Some(lock) = Lock::now(&self.image_lock(&image.id), Mode::Alone)? {
            self.unlink(Part::Images, image.id.hex())?;
            lock.discard();
            removed.image = Some(image.id);
        }
        Ok(removed)
    }

    /// The image that a name stands for.
    pub(crate) fn named(&self, name: &Reference) -> Result<Option<Digest>> {
        // A digest counts, whatever the tag beside it says.
        let exact = Reference { tag: name.tag.clone().filter(|_| name.digest.is_none()), ..name.clone() };
        match self.read::<Name>(Part::Names, &file_of(&exact.to_string())) {
            Err(Error::Damaged { .. }) => Ok(None),
            found => Ok(found?.map(|name| name.image)),
        }
    }

    pub(crate) fn name(&self, name: &Reference, image: &Digest, by: By, index: Option<Digest>) -> Result<()> {
        let text = name.to_string();
        let file = file_of(&text);
        // Pulling does not take away what a person has said.
        let before: Option<Name> = self.read(Part::Names, &file).unwrap_or_default();
        let by = match before {
            Some(before) if before.image == *image && before.together && by == By::Pull => return Ok(()),
            Some(before) if before.image == *image && before.by == By::User => By::User,
            _ => by,
        };
        let name = Name { name: text, image: image.clone(), by, index, together: false };
        self.write(Part::Names, &file, &name)
    }

    /// All names there are. One that somebody has spoilt is none.
    pub(crate) fn all_names(&self) -> Result<Vec<Name>> {
        let mut names = Vec::new();
        for file in self.list(Part::Names)? {
            match self.read::<Name>(Part::Names, &file) {
                Ok(name) => names.extend(name),
                Err(Error::Damaged { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        names.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(names)
    }
}

/// The names of an image: those with tags, those by digest.
pub(crate) fn names_of(id: &Digest, names: &[Name]) -> (Vec<Reference>, Vec<Reference>) {
    let names = names.iter().filter(|name| name.image == *id);
    names.filter_map(|name| name.name.parse().ok()).partition(|name: &Reference| name.digest.is_none())
}
