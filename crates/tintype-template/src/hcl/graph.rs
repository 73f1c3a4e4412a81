//! Which of several named things must come before which. Knows nothing of what they are.

use std::collections::BTreeSet;

/// Things by number, with what each needs.
pub(crate) struct Graph {
    needs: Vec<BTreeSet<usize>>,
}

/// Why there is no order: groups of things that need each other, or a thing that needs itself.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Knot {
    /// These need each other, ascending.
    Cycle(Vec<usize>),
    /// This one needs itself directly.
    SelfReference(usize),
}

impl Graph {
    /// So many things that need nothing yet.
    pub(crate) fn new(count: usize) -> Self {
        Self { needs: vec![BTreeSet::new(); count] }
    }

    /// `user` needs `used`.
    pub(crate) fn need(&mut self, user: usize, used: usize) {
        self.needs[user].insert(used);
    }

    /// All things, each after those it needs, otherwise in the order of their numbers; without those that are knotted, of which the
    /// second part tells.
    pub(crate) fn order(&self) -> (Vec<usize>, Vec<Knot>) {
        let groups = self.groups();
        let mut order = Vec::with_capacity(self.needs.len());
        let mut knots = Vec::new();
        for mut group in groups {
            match group[..] {
                [one] if self.needs[one].contains(&one) => knots.push(Knot::SelfReference(one)),
                [one] => order.push(one),
                _ => {
                    group.sort_unstable();
                    knots.push(Knot::Cycle(group));
                }
            }
        }
        (order, knots)
    }

    /// Groups of things that need each other, directly or not, each group after those it needs: Tarjan's algorithm, without recursion,
    /// for chains may be long.
    fn groups(&self) -> Vec<Vec<usize>> {
        const UNSEEN: usize = usize::MAX;
        let count = self.needs.len();
        let mut seen_as = vec![UNSEEN; count];
        let mut lowest = vec![0; count];
        let mut open = vec![false; count];
        let mut stack = Vec::new();
        let mut groups = Vec::new();
        let mut seen = 0;
        for root in 0..count {
            if seen_as[root] != UNSEEN {
                continue;
            }
            let mut path = vec![(root, self.needs[root].iter())];
            (seen_as[root], lowest[root], open[root]) = (seen, seen, true);
            seen += 1;
            stack.push(root);
            while let Some((at, needs)) = path.last_mut() {
                let at = *at;
                if let Some(&next) = needs.next() {
                    if seen_as[next] == UNSEEN {
                        (seen_as[next], lowest[next], open[next]) = (seen, seen, true);
                        seen += 1;
                        stack.push(next);
                        path.push((next, self.needs[next].iter()));
                    } else if open[next] {
                        lowest[at] = lowest[at].min(seen_as[next]);
                    }
                    continue;
                }
                path.pop();
                if let Some((above, _)) = path.last() {
                    lowest[*above] = lowest[*above].min(lowest[at]);
                }
                if lowest[at] == seen_as[at] {
                    let cut = stack.iter().rposition(|&thing| thing == at).unwrap_or(0);
                    let group = stack.split_off(cut);
                    group.iter().for_each(|&thing| open[thing] = false);
                    groups.push(group);
                }
            }
        }
        groups
    }
}

#[cfg(test)]
mod tests;
