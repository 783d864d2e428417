// Imports, row by row against what was worked out by hand. The command's own tests go through the binary.
#include "session_support.hpp"

#include "session/import.hpp"
#include "session/tables.hpp"

#include <gmock/gmock.h>
#include <sstream>

namespace pulseline::session::test {
namespace {

using testing::HasSubstr;

class Import : public testing::Test {
protected:
	Result<Imported> import(const std::string &csv, ImportOptions options, const std::string &to = "a.pulse")
	{
		writeBytes(dir / "in.csv", csv);
		return importCsv(dir / "in.csv", dir / to, options);
	}
	static ImportOptions tall()
	{
		ImportOptions options;
		options.layout = Layout::tall;
		return options;
	}
	static ImportOptions held()
	{
		ImportOptions options = tall();
		options.mode = Mode::latched;
		options.scale = Scale{0, 100, 50};
		options.hold = true;
		return options;
	}
	File open(const std::string &name = "a.pulse") const { return must(File::open(dir / name, Access::read)); }
	std::string exported(const std::string &name = "a.pulse") const
	{
		std::ostringstream out;
		{
			CsvWriter csv(out);
			must(writeResponses(csv, open(name)));
		}
		return out.str();
	}
	std::string errorOf(const std::string &csv, const ImportOptions &options)
	{
		const std::set<std::string> before = dir.names();
		const Result<Imported> imported = import(csv, options);
		EXPECT_FALSE(imported) << csv;
		std::set<std::string> after = dir.names();
		after.erase("in.csv");
		EXPECT_TRUE(std::ranges::includes(before, after)) << "something was left behind";
		return imported ? "" : imported.error().message;
	}

	TempDir dir;
};

constexpr const char *kHeader = "participant,position_ms,value,seq,target,pass\n";

TEST_F(Import, TakesWideTables)
{
	// Columns in any order; an empty cell is no response; a row of them is a participant without any.
	const Imported imported = must(import("t2,participant,t0,t1.5\n"
					      "30,ann,10,20\n"
					      ",bob,,70.5\n"
					      ",\"o'neil, jr\",,\n",
					      ImportOptions()));
	EXPECT_EQ(imported.responses, 4);
	EXPECT_EQ(imported.participants, 3);
	EXPECT_EQ(exported(), std::string(kHeader) + "ann,0,10,1,main,0\n"
						     "ann,1500,20,2,main,0\n"
						     "ann,2000,30,3,main,0\n"
						     "bob,1500,70.5,1,main,0\n");
	const File file = open();
	EXPECT_EQ(file.settings().mode, Mode::latched);
	EXPECT_EQ(file.settings().scale, (Scale{0, 100, 50}));
	EXPECT_EQ(file.settings().title, "a");
	EXPECT_EQ(file.participants().at(2).id, "o'neil, jr");
	EXPECT_EQ(allResponses(file)[0].stamp, Stamp::client);
	EXPECT_EQ(dir.names(), (std::set<std::string>{"a.pulse", "in.csv"}));
}

TEST_F(Import, NumbersLongTablesByPositionThenRow)
{
	must(import("participant,position_ms,value\n"
		    "a,3000,1\nb,0,-1\na,1000,\na,3000,-1\na,500,0\n",
		    tall()));
	EXPECT_EQ(exported(), std::string(kHeader) + "a,3000,1,3,main,0\n"
						     "b,0,-1,1,main,0\n"
						     "a,1000,,2,main,0\n"
						     "a,3000,-1,4,main,0\n"
						     "a,500,0,1,main,0\n");
	EXPECT_EQ(open().settings().mode, Mode::reset);
	EXPECT_EQ(open().settings().scale, (Scale{-1, 1, 0}));
}

TEST_F(Import, ContinuesNumbersAboveTheSession)
{
	must(import("participant,position_ms,value,seq\na,0,1,7\nb,0,1,1\n", tall()));
	must(import("participant,position_ms,value\na,100,1\nc,5,0\nb,50,0\n", tall()));
	EXPECT_EQ(exported(), std::string(kHeader) + "a,0,1,7,main,0\n"
						     "b,0,1,1,main,0\n"
						     "a,100,1,8,main,0\n"
						     "c,5,0,1,main,0\n"
						     "b,50,0,2,main,0\n");
}

TEST_F(Import, TakesTargetsAndPassesFromTheFile)
{
	must(import("participant,position_ms,value,target,pass\n"
		    "a,0,1,Zoe,0\na,1,1,Abe,2\na,2,1,Zoe,1\na,3,1,,0\n",
		    tall()));
	EXPECT_EQ(open().settings().targets, (std::vector<std::string>{"Zoe", "Abe", "main"}));
	// Passes come one after the other, so they are numbered so.
	EXPECT_EQ(exported(), std::string(kHeader) + "a,0,1,1,Zoe,0\n"
						     "a,1,1,4,Abe,2\n"
						     "a,2,1,3,Zoe,1\n"
						     "a,3,1,2,main,0\n");
	// In a session that is there, a row that names no target is for the first, and new targets follow.
	must(import("participant,position_ms,value,target\nb,0,1,\nb,1,1,Eve\n", tall()));
	EXPECT_EQ(open().settings().targets, (std::vector<std::string>{"Zoe", "Abe", "main", "Eve"}));
	EXPECT_THAT(exported(), HasSubstr("b,0,1,1,Zoe,0\nb,1,1,2,Eve,0\n"));
}

TEST_F(Import, IgnoresTheSameResponseAgainAndRefusesAnother)
{
	const std::string table = "participant,position_ms,value,seq\na,0,1,1\na,100,,2\na,0,1,1\n";
	const Imported first = must(import(table, tall()));
	EXPECT_EQ(first.responses, 2);
	EXPECT_EQ(first.ignored, 1);
	const std::string bytes = readBytes(dir / "a.pulse");
	const Imported again = must(import(table, tall()));
	EXPECT_EQ(again.responses, 0);
	EXPECT_EQ(again.ignored, 3);
	EXPECT_EQ(readBytes(dir / "a.pulse"), bytes) << "nothing new: nothing written";

	EXPECT_THAT(errorOf("participant,position_ms,value,seq\nb,0,1,1\na,100,0,2\n", tall()),
		    HasSubstr("in.csv line 3: seq 2 stands for another response in the session"));
	EXPECT_THAT(errorOf("participant,position_ms,value,seq\nb,0,1,1\nb,1,1,1\nb,2,1,1\n", tall()),
		    HasSubstr("in.csv line 3: seq 1 stands for another response in line 2"));
	EXPECT_EQ(readBytes(dir / "a.pulse"), bytes);
}

TEST_F(Import, ReadsBackItsOwnExport)
{
	File file = must(File::create(dir / "live.pulse", dialSettings()));
	fill(file, 7, 31);
	const std::string whole = exported("live.pulse");
	ImportOptions options = tall();
	options.mode = Mode::latched;
	options.scale = Scale{0, 100, 50};
	must(import(whole, options));
	EXPECT_EQ(exported(), whole);
}

TEST_F(Import, HoldsAValueUntilTheNextRow)
{
	must(import("participant,position_ms,value\n"
		    "a,0,10\na,12000,70\na,14000,80\na,30000,\na,42000,90\n"
		    "b,7000,5\n",
		    held()));
	// Every 5 s from each value on, before the next row; an empty value is not held, the last row neither.
	EXPECT_EQ(exported(), std::string(kHeader) + "a,0,10,1,main,0\n"
						     "a,5000,10,2,main,0\n"
						     "a,10000,10,3,main,0\n"
						     "a,12000,70,4,main,0\n"
						     "a,14000,80,5,main,0\n"
						     "a,19000,80,6,main,0\n"
						     "a,24000,80,7,main,0\n"
						     "a,29000,80,8,main,0\n"
						     "a,30000,,9,main,0\n"
						     "a,42000,90,10,main,0\n"
						     "b,7000,5,1,main,0\n");
}

TEST_F(Import, HoldsEachTargetOfItsOwn)
{
	must(import("participant,position_ms,value,target\n"
		    "a,0,10,X\na,1000,20,Y\na,6000,30,Y\na,10000,40,Y\n",
		    held()));
	// X has no next row: it holds until the participant's last one.
	EXPECT_EQ(exported(), std::string(kHeader) + "a,0,10,1,X,0\n"
						     "a,1000,20,2,Y,0\n"
						     "a,5000,10,3,X,0\n"
						     "a,6000,30,4,Y,0\n"
						     "a,10000,10,5,X,0\n"
						     "a,10000,40,6,Y,0\n");
}

TEST_F(Import, HoldsWideTablesToo)
{
	ImportOptions options;
	options.hold = true;
	options.tick_ms = 1'000;
	must(import("participant,t0,t1,t2,t3,t4\na,10,,,40,\n", options));
	EXPECT_EQ(exported(), std::string(kHeader) + "a,0,10,1,main,0\n"
						     "a,1000,10,2,main,0\n"
						     "a,2000,10,3,main,0\n"
						     "a,3000,40,4,main,0\n");
}

TEST_F(Import, HoldsWithinAPassAndNumbersAnew)
{
	must(import("participant,position_ms,value,seq,pass\n"
		    "a,0,10,3,0\na,6000,20,9,0\na,2000,30,12,1\na,2000,30,12,1\n",
		    held()));
	EXPECT_EQ(exported(), std::string(kHeader) + "a,0,10,1,main,0\n"
						     "a,5000,10,2,main,0\n"
						     "a,6000,20,3,main,0\n"
						     "a,2000,30,4,main,1\n");
}

TEST_F(Import, DoesNotHoldForever)
{
	ImportOptions options = held();
	options.tick_ms = 250;
	std::string table = "participant,position_ms,value\n";
	for (const char *person : {"a", "b"}) {
		table += std::string(person) + ",0,1\n" + person + ",8640000000,1\n";
	}
	EXPECT_THAT(errorOf(table, options), HasSubstr("line 5: holding values until there"));
	options.mode = Mode::reset;
	EXPECT_THAT(errorOf(table, options), HasSubstr("latched"));
}

TEST_F(Import, GivesParticipantsTheirAttributes)
{
	writeBytes(dir / "people.csv", "age,participant,region\n"
				       "60+,absent,west\n"
				       "30+,b,north\n"
				       ",a,south\n"
				       "18-29,c,north\n");
	ImportOptions options = tall();
	options.participants = dir / "people.csv";
	must(import("participant,position_ms,value\na,0,1\nb,0,1\nc,0,1\nunlisted,0,1\n", options));
	const File file = open();
	// Who gave no response is no participant, and what only they said is no value.
	EXPECT_EQ(file.settings().attributes,
		  (std::vector<Attribute>{{"age", "age", {"30+", "18-29"}}, {"region", "region", {"north", "south"}}}));
	EXPECT_EQ(file.strata(), (std::vector<Stratum>{{"", "south"}, {"30+", "north"}, {"18-29", "north"}, {"", ""}}));
	ASSERT_EQ(file.participants().size(), 4);
	EXPECT_EQ(file.participants()[3].stratum, 3);
}

TEST_F(Import, KeepsTheAttributesOfParticipantsWhoAreThere)
{
	writeBytes(dir / "p1.csv", "participant,age\na,30+\n");
	writeBytes(dir / "p2.csv", "participant,party,age\na,red,18-29\nb,blue,60+\nc,red,30+\n");
	ImportOptions options = tall();
	options.participants = dir / "p1.csv";
	must(import("participant,position_ms,value\na,0,1\n", options));
	options.participants = dir / "p2.csv";
	const Imported imported = must(import("participant,position_ms,value\nb,0,1\na,1,1\nc,1,1\n", options));
	EXPECT_EQ(imported.keptAttributes, 1);
	EXPECT_EQ(imported.participants, 2);
	const File file = open();
	EXPECT_EQ(file.settings().attributes,
		  (std::vector<Attribute>{{"age", "age", {"30+", "60+"}}, {"party", "party", {"blue", "red"}}}));
	EXPECT_EQ(file.strata(), (std::vector<Stratum>{{"30+", ""}, {"60+", "blue"}, {"30+", "red"}}));
	EXPECT_EQ(file.participants()[0].stratum, 0);
}

TEST_F(Import, RefusesTablesOfParticipantsThatDoNotFit)
{
	ImportOptions options = tall();
	options.participants = dir / "people.csv";
	const std::pair<const char *, const char *> cases[] = {
		{"", "is empty"},
		{"age\n30\n", "line 1: the header has no column 'participant'"},
		{"participant,age,age\na,1,2\n", "line 1: the column 'age' is there twice"},
		{"participant,\na,1\n", "line 1: an attribute needs a name"},
		{"participant,a=b\na,1\n", "line 1: an attribute needs a name"},
		{"participant,age\na,1\nb,2\na,1\n", "line 4: the participant 'a' is there twice"},
		{"participant,age\na,1\n,2\n", "line 3: the participant is empty"},
		{"participant,age\na,1|2\n", "line 2: the value '1|2'"},
		{"participant,age\na\n", "line 2: it has 1 fields, the header has 2"},
	};
	for (const auto &[people, why] : cases) {
		writeBytes(dir / "people.csv", people);
		const std::string error = errorOf("participant,position_ms,value\na,0,1\n", options);
		EXPECT_THAT(error, HasSubstr(why));
		EXPECT_THAT(error, HasSubstr("people.csv"));
	}
	std::filesystem::remove(dir / "people.csv");
	EXPECT_THAT(errorOf("participant,position_ms,value\na,0,1\n", options), HasSubstr("people.csv does not exist"));
}

TEST_F(Import, NamesTheLineThatIsWrong)
{
	const std::pair<const char *, const char *> cases[] = {
		{"", "is empty; it needs a header row"},
		{"a,0,1\n", "line 1: the header has no column 'participant'"},
		{"participant;position_ms;value\n", "line 1: separate the columns with commas"},
		{"participant,value\na,1\n", "line 1: the header has no column 'position_ms'"},
		{"participant,position_ms\na,1\n", "line 1: the header has no column 'value'"},
		{"participant,position_ms,value,note\na,1,1,x\n", "line 1: unknown column 'note'"},
		{"participant,position_ms,value,value\na,1,1,1\n", "line 1: the column 'value' is there twice"},
		{"participant,position_ms,value\na,0,1\na,0,2\n", "line 3: the value '2' is outside the scale -1 to 1"},
		{"participant,position_ms,value\n\n\na,0,-1.01\n", "line 4: the value '-1.01' is outside"},
		{"participant,position_ms,value\na,0,yes\n", "line 2: the value 'yes' is not a number"},
		{"participant,position_ms,value\na,0,NaN\n", "line 2: the value 'NaN' is not a number"},
		{"participant,position_ms,value\na,0,inf\n", "line 2: the value 'inf' is not a number"},
		{"participant,position_ms,value\na,-1,0\n", "line 2: the position '-1' is negative"},
		{"participant,position_ms,value\na,soon,0\n", "line 2: the position 'soon' is not a number"},
		{"participant,position_ms,value\na,,0\n", "line 2: the position '' is not a number"},
		{"participant,position_ms,value\na,1e300,0\n", "line 2: the position '1e300' is beyond 100 days"},
		{"participant,position_ms,value\na,0\n", "line 2: it has 2 fields, the header has 3"},
		{"participant,position_ms,value\na,0,1,1\n", "line 2: it has 4 fields"},
		{"participant,position_ms,value\n,0,1\n", "line 2: the participant is empty"},
		{"participant,position_ms,value\n\"a\nb\",0,1\n\"c,0,1\n", "line 4: a quote is opened"},
		{"participant,position_ms,value,seq\na,0,1,0\n", "line 2: seq '0' is not a whole number from 1"},
		{"participant,position_ms,value,seq\na,0,1,\n", "line 2: seq '' is not a whole number"},
		{"participant,position_ms,value,pass\na,0,1,-1\n", "line 2: pass '-1' is not a whole number from 0"},
		{"participant,position_ms,value\na,0,\"x\ny\"\n", "line 2: the value 'x y' is not a number"},
	};
	for (const auto &[table, why] : cases) {
		const std::string error = errorOf(table, tall());
		EXPECT_THAT(error, HasSubstr(why));
		EXPECT_THAT(error, HasSubstr("in.csv"));
		EXPECT_FALSE(error.contains('\n'));
	}
	const std::pair<const char *, const char *> wide[] = {
		{"participant\na\n", "line 1: the header has no column tK"},
		{"participant,t0,x\na,1,1\n", "line 1: the column 'x' is not tK"},
		{"participant,t0,t-1\na,1,1\n", "line 1: the column 't-1' is not tK"},
		{"participant,t0,t1,t1.0\na,1,1,1\n", "line 1: two columns stand for 1000 ms"},
		{"participant,t0,t1\na,1,101\n", "line 2: column t1: the value '101' is outside the scale 0 to 100"},
		{"participant,t0\na,1\nb,2\na,3\n", "line 4: the participant 'a' is there twice"},
	};
	for (const auto &[table, why] : wide) {
		EXPECT_THAT(errorOf(table, ImportOptions()), HasSubstr(why));
	}
}

TEST_F(Import, AddsOnlyToASessionThatAgrees)
{
	ImportOptions options = tall();
	options.tick_ms = 1'000;
	must(import("participant,position_ms,value\na,0,1\n", options));
	const std::string bytes = readBytes(dir / "a.pulse");
	const auto errorWith = [&](auto change) {
		ImportOptions other = tall();
		change(other);
		const std::string error = errorOf("participant,position_ms,value\nb,0,1\n", other);
		EXPECT_EQ(readBytes(dir / "a.pulse"), bytes);
		return error;
	};
	EXPECT_THAT(errorWith([](ImportOptions &o) { o.mode = Mode::latched; }), HasSubstr("has mode reset"));
	EXPECT_THAT(errorWith([](ImportOptions &o) { o.scale = Scale{0, 1, 0}; }), HasSubstr("has the scale -1:1:0"));
	EXPECT_THAT(errorWith([](ImportOptions &o) { o.tick_ms = 5'000; }), HasSubstr("has ticks of 1000 ms"));
	EXPECT_THAT(errorWith([](ImportOptions &o) { o.hold = true; }), HasSubstr("latched"));
	// What is not given is the session's, also for the wide layout.
	ImportOptions wide;
	must(import("participant,t0\nb,-1\n", wide));
	EXPECT_EQ(open().participants().size(), 2);
}

TEST_F(Import, LeavesAForeignFileAlone)
{
	writeBytes(dir / "a.pulse", "my thesis");
	EXPECT_THAT(errorOf("participant,t0\nb,1\n", ImportOptions()), HasSubstr("is not a Pulseline session"));
	EXPECT_EQ(readBytes(dir / "a.pulse"), "my thesis");
}

} // namespace
} // namespace pulseline::session::test
