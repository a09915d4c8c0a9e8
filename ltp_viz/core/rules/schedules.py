"""How many tokens each layer keeps, decided before any text is seen: rates of a text's length, or counts."""

# The lowest rate of the published schedules.
SMALLEST_RATE = 0.01
# Its multiples, without their whole part, spread evenly over 0 to 1 for any number of layers.
_GOLDEN_RATIO = 0.6180339887


def rounding_point(layer: int) -> float:
    """What to add, 0 to 1, before a layer's number of tokens is rounded down.

    Every layer rounds at a point of its own; with one point for all, a short text would lose a token more in
    every layer at once, and its cost could only jump.
    """
    return (layer + 1) * _GOLDEN_RATIO % 1


def spatten_rates(final_rate: float, num_layers: int) -> tuple[float, ...]:
    """Rates (L,) that fall linearly to `final_rate` at the last layer, after layers that keep all.

    As LTP's published code defines its SpAtten baseline: the first `max(3, ceil(0.15 L))` layers keep all.
    """
    full = max(3, -(-15 * num_layers // 100))
    fall = 1.0 - max(SMALLEST_RATE, final_rate)
    falling = num_layers - full
    return (1.0,) * min(full, num_layers) + tuple(1.0 - (i + 1) / falling * fall for i in range(falling))


def falling_rates(fall: float, num_layers: int) -> tuple[float, ...]:
    """Rates (L,) that fall by `fall` of the text's length in every layer, down to the smallest."""
    return tuple(max(SMALLEST_RATE, 1.0 - fall * (layer + 1)) for layer in range(num_layers))


def shrinking_counts(longest: int, factor: float, num_layers: int) -> tuple[int, ...]:
    """Counts (L,): each layer keeps `factor` of the one before it, beginning from `longest` tokens."""
    return tuple(max(1, round(longest * factor ** (layer + 1))) for layer in range(num_layers))


def rates_at(strength: float, num_layers: int) -> tuple[float, ...]:
    """Rates (L,) per layer. The first third is the published schedule, its last rate falling from 1 to 0.01;
    then the layers that it leaves whole lose tokens too, as budgets below its least cost need."""
    published = spatten_rates(SMALLEST_RATE, num_layers)
    path = (
        (1.0,) * num_layers,
        published,
        falling_rates(1 / num_layers, num_layers),
        (SMALLEST_RATE,) * num_layers,
    )
    part = min(2, int(3 * strength))
    way = 3 * strength - part
    return tuple(a + way * (b - a) for a, b in zip(path[part], path[part + 1], strict=True))
