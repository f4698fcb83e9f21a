// peers/slmp-client.js JOB SERVER: the panel and the recipe PC of line 7, speaking through mcprotocol (3E frames).
'use strict';
const MC = require('mcprotocol');
const { tell, me, sleep, run } = require('./truth');

const [job, server] = process.argv.slice(2);
const client = new MC();
let inAscii, last;		// the last answer as it came

console.log = () => {};		// mcprotocol says every step

function connect(port, ascii) {
	inAscii = ascii;
	return new Promise((done, failed) => {
		client.initiateConnection({ port, host: server, ascii, frame: '3E', octalInputOutput: false },
			(error) => {
				if (error)
					return failed(error);
				client.isoclient.prependListener('data', (data) => { last = Buffer.from(data); });
				done();
			});
	});
}

// mcprotocol reads the outcome of a write only in 1E frames; the end code stands behind the 9 bytes of the header.
function refused() {
	return inAscii ? last.toString('latin1', 18, 22) !== '0000' : last.readUInt16LE(9) !== 0;
}

// All of them, in as few requests as mcprotocol thinks right.
function read() {
	return new Promise((done, failed) =>
		client.readAllItems((bad, values) => bad ? failed(new Error('bad values')) : done(values)));
}

// Every write goes through here, so that none is made without being told.
async function write(space, address, values) {
	const item = values.length > 1 ? `${address},${values.length}` : address;
	const bits = space === 'm' || space === 'y';
	const what = values.map((v) => bits ? v === 1 : v);

	await new Promise((done) => client.writeItems(item, what.length > 1 ? what : what[0], done));
	tell({ write: 'slmp', actor: me(), device: server, space, address, values,
		outcome: refused() ? 'refused' : 'done' });
	await sleep(150);
}

async function poll(rounds, items) {
	client.addItems(items);
	for (let i = 0; i < rounds; i++) {
		await read();
		await sleep(300);
	}
}

const jobs = {
	// The panel: the same devices again and again, in binary.
	async panel() {
		await connect(5002, false);
		await poll(40, ['D100,10', 'D300,4', 'M0,16', 'X20,8', 'R500,2']);
	},
	async 'short-panel'() {
		await connect(5002, false);
		await poll(20, ['D100,10', 'D300,4', 'M0,16']);
	},

	// The PC that sends recipes: words in binary; then a register the controller does not have.
	async recipe() {
		await connect(5002, false);
		await poll(2, ['D200,8']);
		await write('d', 'D200', [1250, 80, 3, 4095]);
		await write('d', 'D210', [55]);
		await write('r', 'R600', [9, 8]);
		await write('d', 'D12287', [1, 2]);		// one word beyond the last
		await poll(2, ['D200,8']);
	},

	// The same in ASCII, with bits: two at least, because mcprotocol pads an odd number of them, which controllers refuse.
	async 'recipe-ascii'() {
		await connect(5003, true);
		await poll(2, ['D220,4', 'M40,4']);
		await write('d', 'D220', [7, 32767]);
		await write('m', 'M40', [1, 0, 1, 1]);
		await write('m', 'M47', [1, 0]);
		await write('r', 'R700', [300]);
		await poll(2, ['D220,4', 'M40,4']);
	},
};

run(async () => {
	await jobs[job]();
	client.dropConnection();
	await sleep(200);
});
