// Colours that stand for values: the diverging scale of the heat, and how strongly few people are drawn. Used by the
// scene's builders only.
#pragma once

#include "overlay/series.hpp"

namespace pulseline::overlay {

// From `dislike` at the scale's lower end over `neutral` to `like` at its upper end; without a neutral value from
// `neutral` to `like`.
Color tintOf(const Theme &theme, const Range &range, double value);

// Fainter the fewer there are below kSolidN, never invisible.
double strengthOf(std::uint32_t people, std::uint32_t min_n);

// Which of two colours is read better on a colour that is laid over the card with this strength.
Color readable(Color one, Color other, Color over, double strength, Color card);

// From stripe to stripe of a hatching.
float hatchOf(float text);

} // namespace pulseline::overlay
