// Small values as an effect takes them. Used by the painter only.
#pragma once

#include <graphics/graphics.h>
#include <graphics/vec2.h>
#include <graphics/vec4.h>

namespace pulseline::overlay {

inline void setFour(gs_eparam_t *parameter, float x, float y, float z, float w)
{
	vec4 value;
	vec4_set(&value, x, y, z, w);
	gs_effect_set_vec4(parameter, &value);
}

inline void setTwo(gs_eparam_t *parameter, float x, float y)
{
	vec2 value;
	vec2_set(&value, x, y);
	gs_effect_set_vec2(parameter, &value);
}

} // namespace pulseline::overlay
