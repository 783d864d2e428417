// Runs the tests on a display of their own (`headless`), with Qt for the texts. libobs is one per process, and so is
// each of its tests: ctest runs them one by one.
#include "obs/host.hpp"

#include <QGuiApplication>

#include <gtest/gtest.h>

#include <cstring>

int main(int argc, char **argv)
{
	const bool listing = argc > 1 && std::strcmp(argv[1], "--gtest_list_tests") == 0;
	if (!listing) {
		pulseline::test::goHeadless(argc, argv);
	}
	testing::InitGoogleTest(&argc, argv);
	if (listing) {
		return RUN_ALL_TESTS();
	}
	const QGuiApplication application(argc, argv);
	return RUN_ALL_TESTS();
}
