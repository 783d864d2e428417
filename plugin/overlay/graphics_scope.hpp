// State and targets of libobs' graphics, put back when a scope ends. Used by the painter only.
#pragma once

#include "overlay/columns.hpp"

#include <graphics/graphics.h>
#include <graphics/vec4.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace pulseline::overlay {

// Sets the state that painting needs and puts back what was there.
class StateScope {
public:
	StateScope()
		: srgb_(gs_framebuffer_srgb_enabled())
		, cull_(gs_get_cull_mode())
	{
		gs_blend_state_push();
		gs_set_cull_mode(GS_NEITHER);
		over();
	}
	StateScope(const StateScope &) = delete;
	StateScope &operator=(const StateScope &) = delete;
	~StateScope()
	{
		gs_set_cull_mode(cull_);
		gs_enable_framebuffer_srgb(srgb_);
		gs_blend_state_pop();
	}

	// Premultiplied linear light over a target that encodes sRGB.
	static void over()
	{
		gs_enable_blending(true);
		gs_enable_framebuffer_srgb(true);
		gs_blend_function_separate(GS_BLEND_ONE, GS_BLEND_INVSRCALPHA, GS_BLEND_ONE, GS_BLEND_INVSRCALPHA);
		gs_blend_op(GS_BLEND_OP_ADD);
	}
	// Plain numbers, of which the greatest stays.
	static void greatest()
	{
		gs_enable_blending(true);
		gs_enable_framebuffer_srgb(false);
		gs_blend_function_separate(GS_BLEND_ONE, GS_BLEND_ONE, GS_BLEND_ONE, GS_BLEND_ONE);
		gs_blend_op(GS_BLEND_OP_MAX);
	}
	// What the target shall hold, as it is: to encode costs more than all else that fills a rectangle.
	static void replace()
	{
		gs_enable_blending(false);
		gs_enable_framebuffer_srgb(false);
	}

private:
	bool srgb_;
	gs_cull_mode cull_;
};

// Columns of a texture, in whole pixels.
struct Part {
	std::uint32_t from = 0;
	std::uint32_t width = 0;
};

class Parts {
public:
	// `shift`: where the stretches' x = 0 lies.
	Parts(const Stretches &stretches, float shift, float texture_width)
		: texture_width_(texture_width)
		, whole_(stretches.isWhole())
	{
		for (const Columns &columns : stretches.all()) {
			const float from = std::clamp(std::floor(columns.from + shift), 0.0F, texture_width);
			const float to = std::clamp(std::ceil(columns.to + shift), 0.0F, texture_width);
			if (from < to) {
				all_.push_back(
					{static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to - from)});
			}
		}
	}

	std::span<const Part> all() const { return all_; }
	bool whole() const { return whole_; }
	float textureWidth() const { return texture_width_; }

private:
	std::vector<Part> all_;
	float texture_width_;
	bool whole_;
};

// Nothing is drawn beside it.
class PartScope {
public:
	PartScope(const Part &part, std::uint32_t height)
	{
		const gs_rect columns{static_cast<int>(part.from), 0, static_cast<int>(part.width),
				      static_cast<int>(height)};
		gs_set_scissor_rect(&columns);
	}
	PartScope(const PartScope &) = delete;
	PartScope &operator=(const PartScope &) = delete;
	~PartScope() { gs_set_scissor_rect(nullptr); }
};

// Between begin and end, draws go to the target. False: it could not be had.
class TargetScope {
public:
	TargetScope(gs_texrender_t *target, float width, float height, bool clear)
		: target_(target)
	{
		gs_texrender_reset(target);
		const auto cx = static_cast<std::uint32_t>(width);
		const auto cy = static_cast<std::uint32_t>(height);
		open_ = gs_texrender_begin(target, cx, cy);
		if (open_) {
			gs_ortho(0, width, 0, height, -100, 100);
			if (clear) {
				const vec4 nothing{};
				gs_clear(GS_CLEAR_COLOR, &nothing, 0, 0);
			}
		}
	}
	TargetScope(const TargetScope &) = delete;
	TargetScope &operator=(const TargetScope &) = delete;
	~TargetScope()
	{
		if (open_) {
			gs_texrender_end(target_);
		}
	}
	explicit operator bool() const { return open_; }

private:
	gs_texrender_t *target_;
	bool open_;
};

} // namespace pulseline::overlay
