// peers/fins-client.js JOB SERVER: panels and people around the welding cell, speaking through omron-fins.
'use strict';
const fins = require('omron-fins');
const { tell, me, sleep, run } = require('./truth');

const [job, server] = process.argv.slice(2);
let client;

function connect(protocol) {
	const number = Number(server.split('.')[3]), own = Number(me().split('.')[3]);

	return new Promise((done, failed) => {
		client = fins.FinsClient(9600, server, { protocol, timeout: 2000, SA1: own, DA1: number });
		client.once('open', () => setTimeout(done, 100));
		client.once('error', failed);
	});
}

// One command, and whether the controller did it.
function ask(name, ...words) {
	return new Promise((done, failed) => client[name](...words, (error, message) => {
		if (error || message.timeout)
			failed(error || new Error(`${name}: no answer`));
		else
			done({ ...message.response, refused: message.response.endCode !== '0000' });
	}));
}

// Every write goes through here, so that none is made without being told. Where: as koban should name it.
async function write(space, address, values, ...words) {
	const answer = await ask(...words);

	tell({ write: 'fins', actor: me(), device: server, space, address, values,
		outcome: answer.refused ? 'refused' : 'done' });
}

const numbers = (space, address, place, values) => write(space, address, values, 'write', place, values);

async function act(action, name, ...words) {
	const answer = await ask(name, ...words);

	tell({ action, actor: me(), device: server, outcome: answer.refused ? 'refused' : 'done' });
}

// The panel: the same questions again and again.
async function panel(rounds) {
	await connect('udp');
	for (let i = 0; i < rounds; i++) {
		await ask('read', 'D100', 10);
		await ask('read', 'CIO10.0', 16);
		await ask('readMultiple', ['D300', 'W12.3', 'H4']);
		if (i % 5 === 0)
			await ask('status');
		await sleep(300);
	}
}

const jobs = {
	panel: () => panel(40),
	'short-panel': () => panel(20),

	// The engineer, over TCP: who are you, a change of the recipe, bits, a block, a copy, and things that are refused.
	async engineer() {
		await connect('tcp');
		const who = (await ask('cpuUnitDataRead')).result;

		tell({ fact: 'model', device: server, model: who.CPUUnitModel,
			firmware: who.CPUUnitInternalSystemVersion.replace(/\0/g, '') });
		await ask('read', 'D200', 20);
		await sleep(400);
		await numbers('d', 'D200', 'D200', [1250, 80, 3, 4095]);
		await numbers('cio', 'CIO 100', 'CIO100', [7]);
		await sleep(400);
		await numbers('cio-bit', 'CIO 100.03', 'CIO100.3', [1]);
		await numbers('w-bit', 'W10.14', 'W10.14', [1, 0, 1]);
		await sleep(400);
		await write('h', 'H30', [55], 'fill', 'H30', 55, 20);
		await act('write', 'transfer', 'D200', 'D400', 4);
		await numbers('d', 'D32767', 'D32767', [1, 2]);		// one word beyond the last
		await numbers('a', 'A10', 'A10', [1]);		// read-only
		await act('config-write', 'clockWrite', { year: 26, month: 11, day: 20, hour: 8, minute: 30, second: 0, day_of_week: 5 });
		await ask('clockRead');
		await ask('read', 'D200', 20);
	},

	// A notebook nobody knows: looks round, writes, stops the controller and starts it again.
	async stranger() {
		await connect('udp');
		await ask('cpuUnitDataRead');
		await ask('status');
		await ask('read', 'D0', 200);
		await sleep(300);
		await numbers('d', 'D100', 'D100', [9999, 0, 65535]);
		await numbers('cio-bit', 'CIO 10.02', 'CIO10.2', [1]);
		await sleep(300);
		await act('stop', 'stop');
		await sleep(500);
		await ask('status');
		await act('start', 'run');
		for (const action of ['write', 'stop', 'start'])
			tell({ alert: 'first-change', actor: me(), device: server, action });
	},
};

run(async () => {
	await jobs[job]();
	client.disconnect();
});
