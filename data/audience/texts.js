// The words of the page: each in English, German, Russian and Spanish. `{…}` is filled in by `text`.
const languages = ['en', 'de', 'ru', 'es'];
const words = {
	connecting: ['Connecting …', 'Verbinde …', 'Подключение …', 'Conectando …'],
	waiting: ['Waiting for the start', 'Gleich geht es los', 'Скоро начнём', 'Esperando el comienzo'],
	connected: ['Connected', 'Verbunden', 'Подключено', 'Conectado'],
	paused: ['Paused', 'Pause', 'Пауза', 'En pausa'],
	ended: ['The speech has ended', 'Die Rede ist zu Ende', 'Выступление закончилось', 'El discurso ha terminado'],
	reconnecting: ['Reconnecting …', 'Verbinde neu …', 'Переподключение …', 'Reconectando …'],
	busy: ['The server is busy; trying again …', 'Der Server ist beschäftigt; neuer Versuch …', 'Сервер занят, пробуем снова …', 'El servidor está ocupado; reintentando …'],
	unsaved: ['The server cannot save; your presses are kept', 'Der Server kann nicht speichern; nichts geht verloren', 'Сервер не может сохранять; ответы не пропадут', 'El servidor no puede guardar; no se pierde nada'],
	notLetIn: ['You cannot join now', 'Sie können jetzt nicht teilnehmen', 'Сейчас присоединиться нельзя', 'Ahora no puede unirse'],
	doors_closed: ['The doors are closed.', 'Die Türen sind zu.', 'Двери закрыты.', 'Las puertas están cerradas.'],
	ticket_needed: ['This session needs a ticket. Scan the code on yours.', 'Hier braucht man ein Ticket. Scannen Sie den Code auf Ihrem.', 'Нужен билет. Отсканируйте код на своём.', 'Se necesita una entrada. Escanee el código de la suya.'],
	ticket_used: ['This ticket has been used on another device.', 'Dieses Ticket wurde auf einem anderen Gerät benutzt.', 'Этот билет использован на другом устройстве.', 'Esta entrada ya se usó en otro dispositivo.'],
	over: ['The session is over', 'Die Sitzung ist beendet', 'Сеанс завершён', 'La sesión ha terminado'],
	elsewhere: ['Opened in another tab', 'In einem anderen Tab geöffnet', 'Открыто в другой вкладке', 'Abierto en otra pestaña'],
	ownTime: ['Answered in the player', 'Antworten im Player', 'Ответы — в плеере', 'Se responde en el reproductor'],
	unsent: ['{n} waiting to be sent', '{n} noch zu senden', 'ждут отправки: {n}', '{n} por enviar'],
	codeTitle: ['Join the session', 'An der Sitzung teilnehmen', 'Присоединиться к сеансу', 'Unirse a la sesión'],
	codeLabel: ['Code from the screen', 'Code vom Bildschirm', 'Код с экрана', 'Código de la pantalla'],
	codeWrong: ['No session has this code.', 'Keine Sitzung hat diesen Code.', 'Сеанса с таким кодом нет.', 'Ninguna sesión tiene este código.'],
	codeShape: ['A code has six characters, without 0, O, 1, I and L.', 'Ein Code hat sechs Zeichen, ohne 0, O, 1, I und L.', 'В коде шесть знаков, без 0, O, 1, I и L.', 'Un código tiene seis caracteres, sin 0, O, 1, I ni L.'],
	join: ['Join', 'Teilnehmen', 'Участвовать', 'Unirse'],
	otherCode: ['Enter another code', 'Anderen Code eingeben', 'Ввести другой код', 'Introducir otro código'],
	step: ['Question {n} of {all}', 'Frage {n} von {all}', 'Вопрос {n} из {all}', 'Pregunta {n} de {all}'],
	ratherNot: ['Rather not say', 'Keine Angabe', 'Не хочу отвечать', 'Prefiero no decirlo'],
	next: ['Next', 'Weiter', 'Далее', 'Siguiente'],
	back: ['Back', 'Zurück', 'Назад', 'Atrás'],
	like: ['Like', 'Gefällt mir', 'Нравится', 'Me gusta'],
	dislike: ['Dislike', 'Gefällt mir nicht', 'Не нравится', 'No me gusta'],
	neutral: ['Neutral', 'Neutral', 'Нейтрально', 'Neutral'],
	target: ['Reaction to {name}', 'Reaktion auf {name}', 'Реакция: {name}', 'Reacción a {name}'],
	tryOut: ['Try it now: nothing counts before the start.', 'Jetzt ausprobieren: Vor dem Start zählt nichts.', 'Попробуйте сейчас: до начала ничего не считается.', 'Pruébelo ahora: nada cuenta antes del comienzo.'],
	tryFirst: ['Try it first: the first time does not count.', 'Erst ausprobieren: Das erste Mal zählt nicht.', 'Сначала попробуйте: первый раз не считается.', 'Primero pruébelo: la primera vez no cuenta.'],
	nowCounts: ['That is how it works. From now on it counts.', 'So geht es. Ab jetzt zählt es.', 'Вот так. С этого момента всё считается.', 'Así funciona. A partir de ahora cuenta.'],
	hintPress: [
		'Press whenever you feel it. You can change it until the ring is full.',
		'Drücken Sie, sooft Sie etwas empfinden. Bis der Ring voll ist, können Sie es ändern.',
		'Нажимайте, когда почувствуете. Пока кольцо не заполнилось, ответ можно изменить.',
		'Pulse cuando lo sienta. Puede cambiarlo hasta que se llene el anillo.',
	],
	hintDial: [
		'Move it whenever you feel it. It holds until you change it.',
		'Bewegen Sie den Regler, sooft Sie etwas empfinden. Er gilt, bis Sie ihn ändern.',
		'Двигайте, когда почувствуете. Значение держится, пока вы его не измените.',
		'Muévalo cuando lo sienta. Se mantiene hasta que lo cambie.',
	],
	untouched: ['Move to begin', 'Zum Beginnen bewegen', 'Сдвиньте, чтобы начать', 'Mueva para empezar'],
	everyone: ['Everyone', 'Alle', 'Все', 'Todos'],
	meanIs: ['mean {mean}', 'Mittelwert {mean}', 'среднее {mean}', 'media {mean}'],
	tooFew: ['too few people', 'zu wenige Personen', 'слишком мало людей', 'muy pocas personas'],
	thanks: ['Thank you for taking part.', 'Danke fürs Mitmachen.', 'Спасибо за участие.', 'Gracias por participar.'],
	overText: ['You can close this page.', 'Sie können diese Seite schließen.', 'Эту страницу можно закрыть.', 'Puede cerrar esta página.'],
	endedText: ['Keep this page open if it will be shown again.', 'Lassen Sie diese Seite offen, falls sie noch einmal gezeigt wird.', 'Не закрывайте страницу, если покажут снова.', 'Deje esta página abierta si se va a repetir.'],
	takeOver: ['Use this tab instead', 'Diesen Tab verwenden', 'Использовать эту вкладку', 'Usar esta pestaña'],
	refused: ['Not counted: the speech was not playing.', 'Nicht gezählt: Die Rede lief nicht.', 'Не засчитано: выступление не шло.', 'No contó: el discurso no estaba en marcha.'],
	serverSays: ['The server says: {why}', 'Der Server meldet: {why}', 'Сервер сообщает: {why}', 'El servidor dice: {why}'],
};

// By language: what every key is in it.
const inLanguage = (place) => Object.fromEntries(Object.entries(words).map(([key, all]) => [key, all[place]]));
export const texts = Object.fromEntries(languages.map((language, place) => [language, inLanguage(place)]));

export function pickLanguage(wanted) {
	const primaries = wanted.map((tag) => tag.toLowerCase().split('-')[0]);
	return primaries.find((tag) => languages.includes(tag)) ?? 'en';
}

export const language = pickLanguage(globalThis.navigator?.languages ?? []);
export const direction = ['ar', 'fa', 'he', 'ur'].includes(language) ? 'rtl' : 'ltr';

// The words of one of several languages' texts, by key.
export const translator = (all) => (key, values = {}) => all[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

export const text = translator(texts);
