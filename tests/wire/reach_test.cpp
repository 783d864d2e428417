#include "ingest/reach.hpp"

#include <gmock/gmock.h>

namespace pulseline::ingest {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

TEST(Reach, TakesWhatPhonesAreOnFirst)
{
	const std::vector<Interface> found{{"lo", {"127.0.0.1"}},         {"docker0", {"172.17.0.1"}},
					   {"eth1", {"169.254.7.7"}},     {"eth0", {"203.0.113.5", "172.32.0.1"}},
					   {"wlan0", {"192.168.178.24"}}, {"wlan1", {"172.31.0.9"}}};
	EXPECT_THAT(hostsOf(found),
		    ElementsAre("192.168.178.24", "172.31.0.9", "203.0.113.5", "172.32.0.1", "169.254.7.7"));
	EXPECT_THAT(hostsOf({}), IsEmpty());
}

TEST(Reach, OneAddressIsReachedAtThatAlone)
{
	EXPECT_THAT(reachableUrls("192.168.1.20", 8080), ElementsAre("http://192.168.1.20:8080/"));
	EXPECT_THAT(reachableUrls("::1", 8080), ElementsAre("http://[::1]:8080/"));
}

TEST(Reach, EveryAddressIsThisMachinesOnes)
{
	EXPECT_EQ(reachableUrls("0.0.0.0", 8080).size(), hostsOf(interfaces()).size());
	EXPECT_THAT(reachableUrls("0.0.0.0", 8080), Not(Contains(StartsWith("http://127."))));
}

} // namespace
} // namespace pulseline::ingest
