// peers/modbus-client.js JOB SERVER: one of the people and panels around the press, speaking through modbus-serial.
'use strict';
const ModbusRTU = require('modbus-serial');
const { tell, me, sleep, run } = require('./truth');

const [job, server] = process.argv.slice(2);
const client = new ModbusRTU();

// Every write goes through here, so that none is made without being told.
async function write(station, space, address, values, how) {
	client.setID(station);
	let outcome = 'done';

	try {
		await how();
	} catch (error) {
		if (error.modbusCode === undefined)
			throw error;
		outcome = 'refused';
	}
	tell({ write: 'modbus', actor: me(), device: server, station, space, address, values, outcome });
}

const coil = (station, address, on) =>
	write(station, 'coil', address, [on ? 1 : 0], () => client.writeCoil(address, on));
const coils = (station, address, list) =>
	write(station, 'coil', address, list.map(Number), () => client.writeCoils(address, list));
const register = (station, address, value) =>
	write(station, 'holding', address, [value], () => client.writeRegister(address, value));
const registers = (station, address, list) =>
	write(station, 'holding', address, list, () => client.writeRegisters(address, list));

// The operator panel: the same questions again and again, to the controller and to the drives behind it.
async function panel(rounds) {
	for (let i = 0; i < rounds; i++) {
		client.setID(1);
		await client.readHoldingRegisters(100, 10);
		await client.readCoils(0, 16);
		for (const drive of [3, 5]) {
			client.setID(drive);
			await client.readInputRegisters(0, 8);
		}
		await sleep(400);
	}
}

const jobs = {
	panel: () => panel(40),
	'short-panel': () => panel(20),

	// The engineer: who are you, change of the recipe, one bit on and off, one question that is refused.
	async engineer() {
		client.setID(1);
		await client.readDeviceIdentification(1, 0);
		await client.readHoldingRegisters(200, 20);
		await sleep(600);
		await registers(1, 200, [1250, 80, 3, 4095]);
		await sleep(500);
		await register(1, 210, 55);
		await coil(1, 12, true);
		await sleep(800);
		await coil(1, 12, false);
		await coils(3, 4, [true, false, true, true, false]);
		await registers(5, 30, [1500, 1500]);
		await register(1, 4000, 1);	// the controller has no such register
		await sleep(500);
		await client.setID(1);
		await client.readHoldingRegisters(200, 20);
	},

	// A PC of the office that has found the press: it looks round, then presses buttons it does not understand.
	async stranger() {
		client.setID(1);
		await client.readHoldingRegisters(0, 100);
		await client.readCoils(0, 100);
		await sleep(500);
		await coil(1, 2, true);
		await coils(1, 16, [false, false, false, false, false, false, false, false]);
		await registers(1, 100, [9999, 0, 65535]);
		await sleep(500);
		await register(5, 30, 3000);
		for (const station of [1, 5])
			tell({ alert: 'first-change', actor: me(), device: server, station, action: 'write' });
	},
};

run(async () => {
	client.setTimeout(3000);
	await client.connectTCP(server, { port: 502 });
	await jobs[job]();
	await new Promise((done) => client.close(done));
});
