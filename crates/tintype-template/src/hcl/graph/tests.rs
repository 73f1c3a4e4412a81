use super::*;

fn check(count: usize, needs: &[(usize, usize)]) -> (Vec<usize>, Vec<Knot>) {
    let mut graph = Graph::new(count);
    needs.iter().for_each(|&(user, used)| graph.need(user, used));
    graph.order()
}

#[test]
fn orders() {
    assert_eq!(check(3, &[]), (vec![0, 1, 2], vec![]));
    assert_eq!(check(3, &[(0, 2), (2, 1)]), (vec![1, 2, 0], vec![]));
    assert_eq!(check(4, &[(0, 1), (0, 2), (1, 3), (2, 3)]), (vec![3, 1, 2, 0], vec![]));
}

#[test]
fn knots() {
    assert_eq!(check(2, &[(0, 1), (1, 0)]), (vec![], vec![Knot::Cycle(vec![0, 1])]));
    assert_eq!(check(2, &[(1, 1)]), (vec![0], vec![Knot::SelfReference(1)]));
    assert_eq!(
        check(6, &[(0, 1), (1, 2), (2, 0), (3, 0), (4, 5), (5, 4)]),
        (vec![3], vec![Knot::Cycle(vec![0, 1, 2]), Knot::Cycle(vec![4, 5])])
    );
}

#[test]
fn a_long_chain_needs_no_stack() {
    let needs: Vec<(usize, usize)> = (0..100_000).map(|at| (at, at + 1)).collect();
    assert_eq!(check(100_001, &needs).0.first(), Some(&100_000));
}
