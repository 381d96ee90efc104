//! Where the boxes and arrows of a picture go: in layers, so that all arrows lead one way.
//!
//! Boxes are ranked by the longest way to them, ordered within their layer next to what they are tied to, and moved as
//! close to it as their neighbours in the layer allow. Nothing is random: equal pictures are laid out equally.

use crate::picture::{Direction, Picture};

/// A place, or an extent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A picture that is laid out.
pub(super) struct Layout {
    pub(super) size: Point,
    /// The middle of each box.
    pub(super) boxes: Vec<Point>,
    /// The way of each arrow: curves between a first and a second point, straight on to the next.
    pub(super) routes: Vec<Vec<Point>>,
}

/// What is kept free between the boxes of a layer, and between those of two.
#[derive(Clone, Copy)]
pub(super) struct Gaps {
    pub(super) within: f64,
    pub(super) between: f64,
}

/// A box, or a place where an arrow goes through a layer.
struct Cell {
    /// Its extent within the layer.
    breadth: f64,
    /// What it is tied to in the layer before and in the one after, and how tightly.
    ties: [Vec<(usize, f64)>; 2],
    /// Where in the layer its middle is.
    at: f64,
}

const PASSES: usize = 40;

/// Lays a picture out whose boxes have these sizes.
pub(super) fn layout(picture: &Picture, sizes: &[Point], gaps: Gaps) -> Layout {
    let turn = |point: Point| match picture.direction {
        Direction::Down => point,
        Direction::Right => Point {
            x: point.y,
            y: point.x,
        },
    };
    let sizes: Vec<_> = sizes.iter().map(|size| turn(*size)).collect();
    let edges: Vec<_> = picture
        .edges
        .iter()
        .map(|edge| (edge.from, edge.to))
        .collect();
    let ranks = ranks(sizes.len(), &edges);
    let mut layers = vec![Vec::new(); ranks.iter().max().map_or(0, |most| most + 1)];
    let mut cells: Vec<_> = sizes.iter().map(|size| Cell::new(size.x)).collect();
    for (cell, rank) in ranks.iter().enumerate() {
        layers[*rank].push(cell);
    }
    let chains: Vec<_> = edges
        .iter()
        .map(|(from, to)| chain(*from, *to, &ranks, &mut layers, &mut cells))
        .collect();
    tie(&chains, sizes.len(), &mut cells);
    order(&mut layers, &cells);
    place(&layers, &mut cells, gaps.within);
    let least = cells.iter().map(|cell| cell.at - cell.breadth / 2.0);
    let least = least.fold(f64::INFINITY, f64::min);
    cells.iter_mut().for_each(|cell| cell.at -= least);
    let most = cells.iter().map(|cell| cell.at + cell.breadth / 2.0);
    let breadth = most.fold(0.0, f64::max);
    let bands = bands(&layers, &sizes, gaps.between);
    let rank_of = rank_of(&layers, cells.len());
    let middle = |cell: usize| {
        let (start, end) = bands[rank_of[cell]];
        Point {
            x: cells[cell].at,
            y: (start + end) / 2.0,
        }
    };
    // Through a layer an arrow goes straight, from its start to its end; of a box it touches the side.
    let sides = |cell: usize| {
        let (start, end) = match sizes.get(cell) {
            Some(size) => (middle(cell).y - size.y / 2.0, middle(cell).y + size.y / 2.0),
            None => bands[rank_of[cell]],
        };
        [start, end].map(|y| Point {
            x: cells[cell].at,
            y,
        })
    };
    let routes = chains.iter().map(|chain| {
        let points: Vec<_> = chain
            .iter()
            .flat_map(|cell| sides(*cell))
            .map(turn)
            .collect();
        points[1..points.len() - 1].to_vec()
    });
    let depth = bands.last().map_or(0.0, |(_, end)| *end);
    Layout {
        routes: routes.collect(),
        boxes: (0..sizes.len()).map(|cell| turn(middle(cell))).collect(),
        size: turn(Point {
            x: breadth,
            y: depth,
        }),
    }
}

impl Cell {
    fn new(breadth: f64) -> Self {
        Self {
            breadth,
            ties: [Vec::new(), Vec::new()],
            at: 0.0,
        }
    }
}

/// The layer of each box: below all that lead to it, and beginnings just above what they lead to.
fn ranks(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut ranks = vec![0; count];
    for _ in 0..count {
        let before = ranks.clone();
        for (from, to) in edges {
            ranks[*to] = ranks[*to].max(ranks[*from] + 1);
        }
        if ranks == before {
            break;
        }
    }
    let mut begins = vec![true; count];
    let mut nearest = vec![usize::MAX; count];
    for (from, to) in edges {
        begins[*to] = false;
        nearest[*from] = nearest[*from].min(ranks[*to]);
    }
    for cell in (0..count).filter(|cell| begins[*cell] && nearest[*cell] < usize::MAX) {
        ranks[cell] = nearest[cell].saturating_sub(1);
    }
    ranks
}

/// The cells of an arrow, with a new one in each layer that it goes through.
fn chain(
    from: usize,
    to: usize,
    ranks: &[usize],
    layers: &mut [Vec<usize>],
    cells: &mut Vec<Cell>,
) -> Vec<usize> {
    let mut chain = vec![from];
    for layer in layers.iter_mut().take(ranks[to]).skip(ranks[from] + 1) {
        layer.push(cells.len());
        chain.push(cells.len());
        cells.push(Cell::new(0.0));
    }
    chain.push(to);
    chain
}

/// Ties the cells of each arrow together, tightly where a bend would be for nothing: along an arrow that goes through
/// layers, and between boxes with no other arrow on that side.
fn tie(chains: &[Vec<usize>], boxes: usize, cells: &mut [Cell]) {
    let pairs: Vec<_> = chains
        .iter()
        .flat_map(|chain| chain.windows(2).map(|pair| (pair[0], pair[1])))
        .collect();
    let mut counts = vec![[0, 0]; cells.len()];
    for (from, to) in &pairs {
        counts[*to][0] += 1;
        counts[*from][1] += 1;
    }
    for (from, to) in pairs {
        let is_only = counts[from][1] == 1 && counts[to][0] == 1;
        let is_within = (from < boxes) == (to < boxes);
        let pull = if is_only && is_within { TIGHT } else { 1.0 };
        cells[from].ties[1].push((to, pull));
        cells[to].ties[0].push((from, pull));
    }
}

const TIGHT: f64 = 30.0;

/// All are tied to the middle, so slightly that it matters only where nothing else pulls.
const SLIGHT: f64 = 0.02;

/// Orders each layer by where the middle of what its cells are tied to stands, going down and up in turn.
fn order(layers: &mut [Vec<usize>], cells: &[Cell]) {
    let mut places = vec![0.0; cells.len()];
    let note = |layer: &[usize], places: &mut Vec<f64>| {
        let count = layer.len() as f64;
        for (place, cell) in layer.iter().enumerate() {
            places[*cell] = (place as f64 + 0.5) / count;
        }
    };
    layers.iter().for_each(|layer| note(layer, &mut places));
    for pass in 0..PASSES {
        let (side, numbers): (_, Vec<_>) = match pass % 2 {
            0 => (0, (0..layers.len()).collect()),
            _ => (1, (0..layers.len()).rev().collect()),
        };
        for number in numbers {
            let wish = |cell: &usize| {
                mean(&cells[*cell].ties[side], &places, 0.0).unwrap_or(places[*cell])
            };
            layers[number].sort_by(|one, other| wish(one).total_cmp(&wish(other)));
            note(&layers[number], &mut places);
        }
    }
}

/// The mean place of what a cell is tied to, and of the middle, as tightly as `middle` says.
fn mean(ties: &[(usize, f64)], places: &[f64], middle: f64) -> Option<f64> {
    let sum: f64 = ties.iter().map(|(cell, pull)| places[*cell] * pull).sum();
    let pull: f64 = ties.iter().map(|(_, pull)| pull).sum();
    (!ties.is_empty()).then(|| sum / (pull + middle))
}

/// Moves each cell towards what it is tied to: down, up, and at last to both.
fn place(layers: &[Vec<usize>], cells: &mut [Cell], gap: f64) {
    for layer in layers {
        spread(layer, cells, gap, |_| 0.0);
    }
    for pass in 0..PASSES {
        let sides: &[usize] = match pass {
            _ if pass >= 12 => &[0, 1],
            _ if pass % 2 == 0 => &[0],
            _ => &[1],
        };
        let numbers: Vec<_> = match pass % 2 {
            0 => (0..layers.len()).collect(),
            _ => (0..layers.len()).rev().collect(),
        };
        for number in numbers {
            let places: Vec<_> = cells.iter().map(|cell| cell.at).collect();
            let ties: Vec<Vec<_>> = layers[number]
                .iter()
                .map(|cell| {
                    sides
                        .iter()
                        .flat_map(|side| cells[*cell].ties[*side].clone())
                        .collect()
                })
                .collect();
            let wish = |place: usize| {
                let cell = layers[number][place];
                mean(&ties[place], &places, SLIGHT).unwrap_or(places[cell] * 0.9)
            };
            spread(&layers[number], cells, gap, wish);
        }
    }
}

/// Puts the cells of a layer as near as can be to where they wish to be, in their order and apart from each other:
/// cells that would overlap form a block, which goes to the mean of its wishes.
fn spread(layer: &[usize], cells: &mut [Cell], gap: f64, wish: impl Fn(usize) -> f64) {
    let mut offsets = Vec::new();
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    let mut offset = 0.0;
    for (place, cell) in layer.iter().enumerate() {
        if place > 0 {
            offset += (cells[layer[place - 1]].breadth + cells[*cell].breadth) / 2.0 + gap;
        }
        offsets.push(offset);
        let (mut sum, mut count) = (wish(place) - offset, 1);
        while let Some((before, number)) = blocks.last().copied()
            && before / number as f64 > sum / count as f64
        {
            (sum, count) = (sum + before, count + number);
            blocks.pop();
        }
        blocks.push((sum, count));
    }
    let places = blocks
        .into_iter()
        .flat_map(|(sum, count)| std::iter::repeat_n(sum / count as f64, count));
    for ((cell, offset), place) in layer.iter().zip(offsets).zip(places) {
        cells[*cell].at = place + offset;
    }
}

/// Where each layer starts and ends.
fn bands(layers: &[Vec<usize>], sizes: &[Point], gap: f64) -> Vec<(f64, f64)> {
    let mut start = 0.0;
    let band = |layer: &Vec<usize>| {
        let boxes = layer.iter().filter_map(|cell| sizes.get(*cell));
        let depth = boxes.map(|size| size.y).fold(0.0, f64::max);
        let band = (start, start + depth);
        start += depth + gap;
        band
    };
    layers.iter().map(band).collect()
}

fn rank_of(layers: &[Vec<usize>], count: usize) -> Vec<usize> {
    let mut ranks = vec![0; count];
    for (rank, layer) in layers.iter().enumerate() {
        layer.iter().for_each(|cell| ranks[*cell] = rank);
    }
    ranks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Address;
    use crate::picture::{Edge, Node};

    const GAPS: Gaps = Gaps {
        within: 10.0,
        between: 20.0,
    };

    fn picture(count: usize, ends: &[(usize, usize)], direction: Direction) -> Picture {
        let edges = ends.iter().map(|(one, other)| (one % count, other % count));
        let edges = edges.filter(|(one, other)| one != other);
        let edge = |(one, other): (usize, usize)| Edge {
            from: one.min(other),
            to: one.max(other),
            label: String::new(),
            goes: false,
        };
        Picture {
            title: String::new(),
            direction,
            nodes: vec![Node::object(&Address::new("kind", "name")); count],
            edges: edges.map(edge).collect(),
        }
    }

    proptest! {
        #[test]
        fn boxes_keep_apart_and_arrows_lead_one_way(
            sides in prop::collection::vec((20.0..200.0, 20.0..90.0), 1..24),
            ends in prop::collection::vec((0usize..24, 0usize..24), 0..40),
            down in any::<bool>(),
        ) {
            let direction = if down { Direction::Down } else { Direction::Right };
            let sizes: Vec<_> = sides.iter().map(|(x, y)| Point { x: *x, y: *y }).collect();
            let picture = picture(sizes.len(), &ends, direction);
            let Layout { size, boxes, routes } = layout(&picture, &sizes, GAPS);
            let apart = |a: f64, b: f64, sizes: f64| (a - b).abs() >= sizes / 2.0 + 9.9;
            for (one, (at, size_of)) in boxes.iter().zip(&sizes).enumerate() {
                prop_assert!(at.x - size_of.x / 2.0 >= -0.1 && at.x + size_of.x / 2.0 <= size.x + 0.1);
                prop_assert!(at.y - size_of.y / 2.0 >= -0.1 && at.y + size_of.y / 2.0 <= size.y + 0.1);
                for (other, size_of_other) in boxes.iter().zip(&sizes).skip(one + 1) {
                    prop_assert!(
                        apart(at.x, other.x, size_of.x + size_of_other.x)
                            || apart(at.y, other.y, size_of.y + size_of_other.y)
                    );
                }
            }
            for route in routes {
                let along = |point: &Point| if down { point.y } else { point.x };
                prop_assert!(route.len() % 2 == 0 && route.len() >= 2);
                prop_assert!(route.is_sorted_by(|one, other| along(one) <= along(other)));
            }
        }
    }

    #[test]
    fn an_arrow_past_a_box_goes_around_it() {
        let picture = picture(3, &[(0, 1), (1, 2), (0, 2)], Direction::Down);
        let sizes = [Point { x: 100.0, y: 30.0 }; 3];
        let Layout { boxes, routes, .. } = layout(&picture, &sizes, GAPS);
        let [_, past, past_too, _] = routes[2].as_slice() else {
            panic!("{:?}", routes[2]);
        };
        assert_eq!(past.x, past_too.x);
        assert!((past.x - boxes[1].x).abs() >= 60.0);
    }
}
