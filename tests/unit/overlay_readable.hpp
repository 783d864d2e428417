// What can be read in a scene.
#pragma once

#include "overlay_metrics.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pulseline::test {

// Those that stay where they are.
inline std::vector<std::string> textsOf(const overlay::Scene &scene)
{
	std::vector<std::string> texts;
	for (const overlay::Text &text : scene.texts) {
		texts.push_back(text.text);
	}
	return texts;
}

inline void expectApart(const overlay::Scene &scene, const std::string &where)
{
	for (std::size_t i = 0; i < scene.texts.size(); ++i) {
		const overlay::Rect one = lettersOf(scene.texts[i]);
		for (std::size_t k = 0; k < i; ++k) {
			const overlay::Rect other = lettersOf(scene.texts[k]);
			EXPECT_TRUE(one.x >= other.right() - 0.01F || other.x >= one.right() - 0.01F ||
				    one.y >= other.bottom() - 0.01F || other.y >= one.bottom() - 0.01F)
				<< where << ": '" << scene.texts[i].text << "' and '" << scene.texts[k].text << "'";
		}
	}
}

// Every text lies within the card, says something, is large enough, and touches no other one.
inline void expectReadable(const overlay::Scene &scene, const std::string &where)
{
	for (const overlay::Text &text : scene.texts) {
		const overlay::Rect rect = lettersOf(text);
		const std::string what = where + ": '" + text.text + "'";
		EXPECT_GE(rect.x, scene.card.x - 0.5F) << what;
		EXPECT_LE(rect.right(), scene.card.right() + 0.5F) << what;
		EXPECT_GE(rect.y, scene.card.y) << what;
		EXPECT_LE(rect.bottom(), scene.card.bottom() + 0.5F) << what;
		EXPECT_GE(text.size, 0.028F * static_cast<float>(scene.width) * 9 / 16) << what;
		EXPECT_NE(text.text, "") << where;
		EXPECT_NE(text.text, "\u2026") << where;
	}
	expectApart(scene, where);
}

} // namespace pulseline::test
