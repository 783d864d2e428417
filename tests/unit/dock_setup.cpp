// The form: what becomes of what is typed into it.
#include "dock_fixture.hpp"

#include <fstream>

namespace pulseline::dock {
namespace {

using studio::Status;

TEST_F(Dock, StartsWithSafeDefaults)
{
	ASSERT_TRUE(start());
	EXPECT_EQ(host->asked.bind, "127.0.0.1");
	EXPECT_EQ(host->asked.port, 7337);
	EXPECT_EQ(host->asked.path, ""); // the host's choice
	EXPECT_EQ(host->asked.settings, Settings{});
	EXPECT_FALSE(host->asked.live);
	EXPECT_FALSE(host->asked.newKeys);
	EXPECT_EQ(host->followed, "");
}

TEST_F(Dock, FormBecomesStartOptions)
{
	get<QLineEdit>("title")->setText("  Tonight's speech ");
	get<QLineEdit>("file")->setText("tonight");
	get<QComboBox>("answers")->setCurrentIndex(1);
	get<QDoubleSpinBox>("tick")->setValue(2.25);
	get<QComboBox>("clock")->setCurrentText("Speech.mp4");
	get<QComboBox>("access")->setCurrentIndex(1);
	get<QSpinBox>("port")->setValue(8080);
	click("addQuestion");
	click("addQuestion");
	click("addQuestion");
	const auto names = dock->findChildren<QLineEdit *>("questionName");
	const auto answers = dock->findChildren<QLineEdit *>("questionAnswers");
	ASSERT_EQ(names.size(), 3);
	names[0]->setText("Age");
	answers[0]->setText("under 30, 30 to 59 ,, 60 and over");
	names[1]->setText("Town");
	ASSERT_TRUE(start());

	const Settings &settings = host->asked.settings;
	EXPECT_EQ(settings.title, "Tonight's speech");
	EXPECT_EQ(settings.mode, Mode::latched);
	EXPECT_EQ(settings.scale, (Scale{0, 100, 50}));
	EXPECT_EQ(settings.tick_ms, 2'250);
	EXPECT_EQ(settings.attributes, (std::vector<Attribute>{{"Age", "Age", {"under 30", "30 to 59", "60 and over"}},
							       {"Town", "Town", {}}}));
	EXPECT_EQ(host->asked.path, "/sessions/tonight.pulse");
	EXPECT_EQ(host->asked.bind, "0.0.0.0");
	EXPECT_EQ(host->asked.port, 8080);
	EXPECT_EQ(host->followed, "uuid-1");
}

TEST_F(Dock, RemovedQuestionIsNotAsked)
{
	click("addQuestion");
	click("addQuestion");
	dock->findChildren<QLineEdit *>("questionName")[0]->setText("Age");
	dock->findChildren<QLineEdit *>("questionName")[1]->setText("Town");
	dock->findChildren<QAbstractButton *>("removeQuestion")[0]->click();
	ASSERT_TRUE(start());
	ASSERT_EQ(host->asked.settings.attributes.size(), 1U);
	EXPECT_EQ(host->asked.settings.attributes[0].name, "Town");
}

TEST_F(Dock, AnswersWithoutAQuestionAreNotDroppedSilently)
{
	click("addQuestion");
	get<QLineEdit>("questionAnswers")->setText("yes, no");
	click("start");
	EXPECT_THAT(error().toStdString(), testing::HasSubstr("no name"));
	EXPECT_FALSE(host->entered);
}

TEST_F(Dock, ChosenMediaSourceStaysChosenWhenItIsGone)
{
	get<QComboBox>("clock")->setCurrentText("Bumper");
	host->sources.clear();
	dock->hide();
	dock->show(); // looks again
	EXPECT_EQ(get<QComboBox>("clock")->currentText(), "Bumper");
	ASSERT_TRUE(start());
	EXPECT_EQ(host->followed, "uuid-2");
}

TEST_F(Dock, ErrorIsShownInTheDockAndCanBePutAway)
{
	host->refusal = "port 7337 is in use; choose another";
	ASSERT_TRUE(start());
	EXPECT_EQ(error(), "Not started: port 7337 is in use; choose another");
	EXPECT_FALSE(running());
	EXPECT_TRUE(get<QWidget>("start")->isEnabled());
	picture("error");
	click("dismiss");
	EXPECT_EQ(error(), "");
}

TEST_F(Dock, FileWithASessionGoesOnWithItsOwnSettings)
{
	const QTemporaryDir folder;
	host->folder = folder.path().toStdString();
	Settings kept;
	kept.title = "Yesterday";
	kept.mode = Mode::latched;
	kept.scale = {1, 7, 4};
	ASSERT_TRUE(session::File::create(host->folder + "/kept.pulse", kept));

	get<QLineEdit>("file")->setText("kept.pulse");
	emit get<QLineEdit>("file")->editingFinished();
	ASSERT_TRUE(until([&] { return get<QWidget>("existing")->isVisible(); }));
	EXPECT_THAT(text("existing").toStdString(), testing::HasSubstr("Yesterday"));
	EXPECT_FALSE(get<QWidget>("title")->isVisible());
	picture("existing");
	get<QCheckBox>("newKeys")->setChecked(true);
	ASSERT_TRUE(start());
	EXPECT_EQ(host->asked.settings, kept);
	EXPECT_TRUE(host->asked.newKeys);
}

TEST_F(Dock, ForeignFileIsRefusedBeforeTheStart)
{
	const QTemporaryDir folder;
	host->folder = folder.path().toStdString();
	std::ofstream(host->folder + "/letter.pulse") << "Dear all, this is no session";
	get<QLineEdit>("file")->setText("letter.pulse");
	emit get<QLineEdit>("file")->editingFinished();
	ASSERT_TRUE(until([&] { return !error().isEmpty(); }));
	click("start");
	ASSERT_TRUE(until([&] { return error().startsWith("Not started"); }));
	EXPECT_FALSE(host->entered);
}

TEST_F(Dock, NextSessionGetsAFileOfItsOwn)
{
	get<QLineEdit>("file")->setText("first");
	host->now = exampleStatus();
	ASSERT_TRUE(start());
	host->now.state = Status::State::idle;
	ASSERT_TRUE(until([&] { return get<QWidget>("start")->isVisible(); }));
	EXPECT_EQ(get<QLineEdit>("file")->text(), "");
}

} // namespace
} // namespace pulseline::dock
