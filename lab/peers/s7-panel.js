// peers/s7-panel.js SERVER ROUNDS: the operator panel of the paint line, speaking through nodes7: it polls a list of
// values, and now and then the operator sets one.
'use strict';
const { promisify } = require('util');
const NodeS7 = require('nodes7');
const { tell, me, sleep, run } = require('./truth');

const [server, rounds] = process.argv.slice(2);
const tags = ['DB1,INT0', 'DB1,REAL4', 'DB1,X12.3', 'DB10,BYTE0.16', 'MB4', 'IB2', 'QB1'];

run(async () => {
	const plc = new NodeS7({ silent: true });

	await promisify(plc.initiateConnection).call(plc, { host: server, port: 102, rack: 0, slot: 2 });
	plc.addItems(tags);
	for (let i = 0; i < Number(rounds); i++) {
		await promisify(plc.readAllItems).call(plc);
		if (i % 8 === 4) {
			await promisify(plc.writeItems).call(plc, ['DB1,INT20', 'DB1,INT24'], [600 + i, 75]);
			tell({ write: 's7comm', actor: me(), device: server, space: 'db', block: 1, address: 20,
				values: [600 + i], bytes: Buffer.from([(600 + i) >> 8, (600 + i) & 255]).toString('hex') });
			tell({ write: 's7comm', actor: me(), device: server, space: 'db', block: 1, address: 24,
				values: [75], bytes: '004b' });
		}
		await sleep(400);
	}
	await new Promise((done) => plc.dropConnection(done));
});
