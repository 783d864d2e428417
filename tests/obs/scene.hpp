#pragma once

#include <obs.hpp>

namespace pulseline::test {

// A scene that goes for good: since OBS 31.1 its canvas keeps one that is only released.
class TestScene {
public:
	explicit TestScene(const char *name)
		: scene_(obs_scene_create(name))
	{
	}
	TestScene(const TestScene &) = delete;
	TestScene &operator=(const TestScene &) = delete;
	~TestScene() { obs_source_remove(source()); }
	operator obs_scene_t *() const { return scene_; }
	obs_source_t *source() const { return obs_scene_get_source(scene_); }

private:
	OBSSceneAutoRelease scene_;
};

} // namespace pulseline::test
