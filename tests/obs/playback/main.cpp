// Runs the tests on a display of their own (`headless`).
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <unistd.h>
#include <vector>

int main(int argc, char **argv)
{
	const bool listing = argc > 1 && std::strcmp(argv[1], "--gtest_list_tests") == 0;
	if (!listing && !std::getenv("PULSELINE_HEADLESS")) {
		std::vector<char *> command{const_cast<char *>(HEADLESS)};
		command.insert(command.end(), argv, argv + argc);
		command.push_back(nullptr);
		execv(HEADLESS, command.data());
		std::perror(HEADLESS);
		return 1;
	}
	testing::InitGoogleTest(&argc, argv);
	return RUN_ALL_TESTS();
}
