// Loaded into OBS before anything else (LD_PRELOAD): when OBS lets go of a scene while it walks its list of scenes, its
// other threads get the time to destroy that scene before the walk goes on.
#include <dlfcn.h>

#include <chrono>
#include <cstring>
#include <thread>

struct obs_source;

extern "C" [[gnu::visibility("default")]] void obs_source_release(obs_source *source)
{
	using Release = void (*)(obs_source *);
	static const auto release = reinterpret_cast<Release>(dlsym(RTLD_NEXT, "obs_source_release"));
	release(source);
	Dl_info caller;
	if (dladdr(__builtin_return_address(0), &caller) && caller.dli_sname &&
	    std::strstr(caller.dli_sname, "enum_scenes")) {
		std::this_thread::sleep_for(std::chrono::milliseconds(3));
	}
}
